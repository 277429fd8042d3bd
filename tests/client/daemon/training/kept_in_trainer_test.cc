// What a site keeps between rounds, by a real trainer in its sandbox: it goes in by one memory file and comes back by
// another.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class KeptInTrainer : public ::testing::Test {
 protected:
  void SetUp() override {
    ACCORD_SKIP_WITHOUT_SANDBOX();
    folder_.Write("rows.csv", TableRows(20));
    TrainerHostOptions options = HostOptions();
    options.datasets.push_back({"table", folder_.Write("mapping.yaml", kTableMapping)});
    host_ = TrainerHost::Create(std::move(options)).value();
  }

  // The parameters that the site keeps after a step from `before`; empty: it has kept nothing yet.
  std::vector<float> Kept(const v1::JobSpec& job, Computation& step, const std::vector<float>& before) {
    constexpr size_t kBytes = 2 * sizeof(float);
    const UniqueFd after_fd = MakeMemoryFile("after", kBytes).value();
    const UniqueFd before_fd = MakeMemoryFile("before", kBytes).value();
    EXPECT_TRUE(WriteFully(before_fd.get(), before.data(), before.size() * sizeof(float), 0).ok());
    EXPECT_EQ(fcntl(before_fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
    step.request.step.set_state_bytes(kBytes);
    step.request.step.set_has_state(!before.empty());
    step.request.kept_after_fd = after_fd.get();
    step.request.kept_before_fd = before_fd.get();
    const auto result = host_->Compute(step.request, nullptr);
    EXPECT_TRUE(result.ok()) << result.status();
    if (result.ok()) {
      EXPECT_EQ(result->layout.num_elements(), job.aggregation().has_scaffold() ? 0u : 2u);
    }
    std::vector<float> after(2);
    EXPECT_TRUE(ReadFully(after_fd.get(), after.data(), kBytes, 0).ok());
    return after;
  }

  TemporaryFolder folder_;
  std::unique_ptr<TrainerHost> host_;
};

TEST_F(KeptInTrainer, GoesOnFromWhatItIsGivenAndSendsNothingOfIt) {
  v1::JobSpec job = TableJob();
  job.mutable_training()->set_local_epochs(3);  // the first gradient of the bias is zero
  job.mutable_aggregation()->mutable_fedper()->add_layers("linear.bias");
  Computation first(job, "table", v1::STEP_TRAIN, {0, 0});
  const std::vector<float> once = Kept(job, first, {});
  EXPECT_NE(once[1], 0) << "the bias learned";
  EXPECT_EQ(first.Block(kUpdateBlock)[1], 0) << "and stays here";
  EXPECT_NE(first.Block(kUpdateBlock)[0], 0);
  Computation second(job, "table", v1::STEP_TRAIN, {0, 0});
  EXPECT_NE(Kept(job, second, {7, 5})[1], once[1]) << "from a bias of 5";
  Computation again(job, "table", v1::STEP_TRAIN, {0, 0});
  EXPECT_EQ(Kept(job, again, {}), once) << "the same bits as the first time";
  Computation last(job, "table", v1::STEP_EVALUATE, {3, 4});
  EXPECT_EQ(Kept(job, last, {7, 5}), (std::vector<float>{3, 5}));
}

TEST_F(KeptInTrainer, AControlVariateIsTheMeanGradientAndItsChangeIsSent) {
  v1::JobSpec job = TableJob();
  job.mutable_aggregation()->mutable_scaffold()->set_control_bound(100);
  job.mutable_aggregation()->set_update_bound(100);
  for (const char* site : {"hospital", "other"}) job.mutable_rounds()->add_sites(site);
  Computation step(job, "table", v1::STEP_TRAIN, {0, 0});
  const std::vector<float> control = Kept(job, step, {});
  // One step of all rows: the control variate is the gradient, the change of the model its 0.1th part, downwards.
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(step.Block(kControlBlock)[i], control[i], 1e-5);
    EXPECT_NEAR(step.Block(kUpdateBlock)[i], -0.1 * control[i], 1e-5);
  }
  EXPECT_NE(control[0], 0);
  EXPECT_EQ(step.Block(kTrainedBlock)[0], 1);
}

TEST_F(KeptInTrainer, MemoryOfAnotherSizeIsRefused) {
  v1::JobSpec job = TableJob();
  job.mutable_aggregation()->mutable_fedper()->add_layers("linear.bias");
  Computation step(job, "table", v1::STEP_TRAIN, {0, 0});
  const UniqueFd after_fd = MakeMemoryFile("after", 4).value();
  step.request.step.set_state_bytes(4);
  step.request.kept_after_fd = after_fd.get();
  EXPECT_THAT(std::string(host_->Compute(step.request, nullptr).status().message()), HasSubstr("keeps of it in 4"));
}

TEST_F(KeptInTrainer, AJobWhoseLayersTheModelDoesNotHaveIsRefused) {
  v1::JobSpec job = TableJob();
  job.mutable_aggregation()->mutable_fedper()->add_layers("head");
  Computation step(job, "table", v1::STEP_TRAIN, {0, 0});
  EXPECT_THAT(std::string(host_->Compute(step.request, nullptr).status().message()),
              HasSubstr("the model has no head"));
}

}  // namespace
}  // namespace accord
