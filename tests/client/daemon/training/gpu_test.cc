#include "client/daemon/training/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
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

// A site that offers a GPU.
class GpuTrainer : public ::testing::Test {
 protected:
  void SetUp() override {
    ACCORD_SKIP_WITHOUT_SANDBOX();
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

  static std::vector<double> Update(TrainerHost& host, const v1::JobSpec& job) {
    Computation step(job, "table", v1::STEP_TRAIN, {0.5f, -1});
    const auto result = host.Compute(step.request, nullptr);
    EXPECT_TRUE(result.ok()) << result.status();
    host.EndJob(step.request.job_id);
    return result.ok() ? step.Block(kUpdateBlock) : std::vector<double>();
  }

  TemporaryFolder folder_;
  std::string mapping_;
};

// On a machine without one: what is let through for it hurts nothing.
class OfferedGpu : public GpuTrainer {
 protected:
  void SetUp() override {
    GpuTrainer::SetUp();
    if (!GpuDeviceFiles().empty()) GTEST_SKIP() << "this machine has a GPU";
  }
};

TEST_F(OfferedGpu, AJobForTheCpuIsTrainedThereWithTheSameBits) {
  std::vector<std::vector<double>> updates;
  for (const bool gpu : {false, true}) updates.push_back(Update(*Host(gpu), Job(v1::Compute::CPU)));
  ASSERT_FALSE(updates[0].empty());
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

// On a machine that has one, with a LibTorch that can use it: in the real sandbox.
class RealGpu : public GpuTrainer {
 protected:
  void SetUp() override {
    GpuTrainer::SetUp();
    if (IsSkipped()) return;
    if (GpuDeviceFiles().empty()) GTEST_SKIP() << "this machine has no GPU";
    const std::string fault = Host(/*gpu=*/true)->CheckData("table", nullptr)->gpu_fault();
    if (absl::StrContains(fault, "built without CUDA")) GTEST_SKIP() << fault;
    EXPECT_EQ(fault, "");
    auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
    before_ = spdlog::default_logger();
    spdlog::set_default_logger(std::move(logger));
  }
  void TearDown() override {
    if (before_ != nullptr) spdlog::set_default_logger(before_);
  }

  std::ostringstream log_;  // read when the trainers are gone
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(RealGpu, AJobIsTrainedThereInTheSandboxToWhatTheCpuComesTo) {
  std::vector<std::vector<double>> updates;
  for (const v1::Compute::Device device : {v1::Compute::CPU, v1::Compute::CUDA, v1::Compute::AUTO}) {
    updates.push_back(Update(*Host(/*gpu=*/true), Job(device)));
  }
  for (const std::vector<double>& update : updates) {
    ASSERT_EQ(update.size(), updates[0].size());
    // The vector tells a change of up to 1 in steps of a billionth; the rest is the GPU's rounding.
    for (size_t i = 0; i < update.size(); ++i) EXPECT_NEAR(update[i], updates[0][i], 1e-5);
  }
  EXPECT_NE(updates[0][0], 0);
  EXPECT_THAT(log_.str(), ::testing::HasSubstr("trained on this machine's GPU"));
}

TEST_F(RealGpu, WhatItsDriverAsksForIsLetThrough) {
  Update(*Host(/*gpu=*/true), Job(v1::Compute::CUDA));
  EXPECT_THAT(log_.str(), ::testing::Not(::testing::HasSubstr("refused system call")));
}

TEST_F(RealGpu, JobsForTheCpuAndForItRunBesideEachOther) {
  const auto host = Host(/*gpu=*/true);
  const std::vector<double> first = Update(*host, Job(v1::Compute::CUDA));
  const std::vector<double> cpu = Update(*host, Job(v1::Compute::CPU));
  EXPECT_THAT(Update(*host, Job(v1::Compute::CUDA)), ::testing::Pointwise(::testing::DoubleNear(1e-5), first));
  EXPECT_THAT(cpu, ::testing::Pointwise(::testing::DoubleNear(1e-5), first));
}

TEST_F(RealGpu, IsNotTouchedByASiteThatDoesNotOfferIt) {
  const auto host = Host(/*gpu=*/false);
  Computation step(Job(v1::Compute::CUDA), "table", v1::STEP_TRAIN, {0.5f, -1});
  EXPECT_EQ(host->Compute(step.request, nullptr).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(Update(*host, Job(v1::Compute::AUTO)).empty());
  EXPECT_THAT(log_.str(), ::testing::Not(::testing::HasSubstr("refused system call")));
}

}  // namespace
}  // namespace accord
