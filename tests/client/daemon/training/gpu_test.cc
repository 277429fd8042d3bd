#include "client/daemon/training/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Gpu, ItsDeviceFilesAreThoseOfTheDriver) {
  TemporaryFolder folder;
  for (const char* name : {"nvidia0", "nvidia12", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset",
                           "nvidia-caps", "nvidiaX", "nvidia", "null", "sda"}) {
    folder.Write(name, "");
  }
  const std::string at = folder.path() + "/";
  EXPECT_THAT(GpuDeviceFiles(folder.path()),
              ElementsAre(at + "nvidia-modeset", at + "nvidia-uvm", at + "nvidia-uvm-tools", at + "nvidia0",
                          at + "nvidia12", at + "nvidiactl"));
  EXPECT_THAT(GpuDeviceFiles(folder.path() + "/nowhere"), IsEmpty());
}

TEST(Gpu, ItsModelIsWhatTheDriverSays) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/0000:17:00.0");
  folder.Write("0000:17:00.0/information", "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 33\n");
  EXPECT_EQ(GpuModel(folder.path()), "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(GpuModel(folder.path() + "/nowhere"), "");
}

// A site that offers a GPU on a machine without one: what is let through for it hurts nothing.
class OfferedGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    ACCORD_SKIP_WITHOUT_SANDBOX();
    if (!GpuDeviceFiles().empty()) GTEST_SKIP() << "this machine has a GPU";
    folder_.Write("rows.csv", TableRows(20));
    mapping_ = folder_.Write("mapping.yaml", kTableMapping);
  }
  std::unique_ptr<TrainerHost> Host(bool gpu) {
    TrainerHostOptions options = HostOptions();
    options.sandbox.set_gpu(gpu);
    options.datasets.push_back({"table", mapping_});
    return TrainerHost::Create(std::move(options)).value();
  }
  static v1::JobSpec Job(v1::Compute::Device device) {
    v1::JobSpec job = TableJob();
    job.mutable_training()->set_local_epochs(3);
    job.mutable_compute()->set_device(device);
    return job;
  }

  TemporaryFolder folder_;
  std::string mapping_;
};

TEST_F(OfferedGpu, AJobForTheCpuIsTrainedThereWithTheSameBits) {
  std::vector<std::vector<double>> updates;
  for (const bool gpu : {false, true}) {
    const auto host = Host(gpu);
    Computation step(Job(v1::Compute::CPU), "table", v1::STEP_TRAIN, {0.5f, -1});
    const auto result = host->Compute(step.request, nullptr);
    ASSERT_TRUE(result.ok()) << result.status();
    updates.push_back(step.Block(kUpdateBlock));
  }
  EXPECT_EQ(updates[0], updates[1]);
  EXPECT_NE(updates[0][0], 0);
}

TEST_F(OfferedGpu, AJobThatWouldUseItIsRefusedInsteadOfTrainedOnTheCpu) {
  const auto host = Host(/*gpu=*/true);
  for (const v1::Compute::Device device : {v1::Compute::AUTO, v1::Compute::CUDA}) {
    Computation step(Job(device), "table", v1::STEP_TRAIN, {0.5f, -1});
    const absl::Status refused = host->Compute(step.request, nullptr).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
    EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("LibTorch finds no GPU"));
  }
}

TEST_F(OfferedGpu, ACheckOfTheDataSaysWhyItCannotBeUsed) {
  const auto report = Host(/*gpu=*/true)->CheckData("table", nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->gpu_fault(), ::testing::HasSubstr("LibTorch finds no GPU"));
  EXPECT_EQ(Host(/*gpu=*/false)->CheckData("table", nullptr)->gpu_fault(), "");
}

}  // namespace
}  // namespace accord
