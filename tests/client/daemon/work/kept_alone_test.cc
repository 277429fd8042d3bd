// What a daemon keeps of a model that its site trains alone: how far it got, whether it can be compared, and the gain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "client/daemon/state/kept_store.h"
#include "client/daemon/work/kept_step.h"
#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class KeptAlone : public ::testing::Test {
 protected:
  void SetUp() override {
    spec_.set_name("risk");
    spec_.mutable_model()->mutable_logistic_regression();
    spec_.mutable_aggregation()->mutable_fedavg();
    spec_.mutable_evaluation()->mutable_local_gain()->add_bins(0);
    store_ = KeptStore::Open(folder(), uint64_t{100} << 20).value();
  }
  std::string folder() const { return folder_.path() + "/kept"; }

  // Round 0: the evaluation, after three rounds. `counted`: the step after the last that counted.
  static v1::Plan PlanOf(uint32_t round, uint32_t counted) {
    v1::Plan plan;
    plan.mutable_id()->set_job_id("job-1");
    plan.mutable_id()->set_step(round == 0 ? 3 : round - 1);
    plan.set_kind(round == 0 ? v1::STEP_EVALUATE : v1::STEP_TRAIN);
    plan.set_round(round);
    plan.add_cohort("a");
    plan.add_counted_steps(counted);
    plan.set_num_parameters(2);
    return plan;
  }
  // The step, and what its request says. Keeps what a trainer would.
  v1::KeptHead Step(uint32_t round, uint32_t counted, bool& compares, std::optional<v1::OwnGain> gain = std::nullopt) {
    auto step = KeptStep::Make({store_.get()}, spec_, PlanOf(round, counted), "a");
    EXPECT_TRUE(step.ok() && step->has_value()) << step.status();
    ComputeRequest request;
    EXPECT_TRUE((*step)->Begin(request).ok());
    lost_ = (*step)->lost();
    compares = !request.step.no_baseline();
    ComputeResult result;
    result.layout.set_num_elements(2);
    result.trained_alone = round > 0 && compares;
    result.gain = std::move(gain);
    EXPECT_TRUE((*step)->Keep(result).ok());
    return ReadKeptHead(folder() + "/job-1.pending").value();
  }

  v1::JobSpec spec_;
  TemporaryFolder folder_;
  std::unique_ptr<KeptStore> store_;
  std::string lost_;
};

TEST_F(KeptAlone, CountsTheRoundsThatCountedAndKeepsTheGain) {
  bool compares = false;
  EXPECT_EQ(Step(1, 0, compares).alone_rounds(), 1u);
  EXPECT_TRUE(compares);
  EXPECT_EQ(Step(1, 0, compares).alone_rounds(), 1u) << "the first time did not count";
  EXPECT_EQ(Step(3, 1, compares).alone_rounds(), 2u) << "round 2 went by without this site";
  v1::OwnGain gain;
  gain.set_gain(0.25);
  const v1::KeptHead head = Step(0, 3, compares, gain);
  EXPECT_TRUE(compares);
  EXPECT_EQ(head.alone_rounds(), 2u);
  EXPECT_EQ(head.gain().gain(), 0.25);
  EXPECT_EQ(head.strategy(), "alone");
  store_->JobOver("job-1", 3);
  EXPECT_EQ(ReadKeptHead(KeptModelFile(folder(), "job-1").value())->gain().gain(), 0.25);
}

TEST_F(KeptAlone, WhatIsLostIsNeverComparedAgain) {
  bool compares = false;
  Step(1, 0, compares);
  std::filesystem::remove_all(folder());
  std::filesystem::create_directories(folder());
  EXPECT_THAT(Step(2, 1, compares).no_baseline(), HasSubstr("is lost"));
  EXPECT_FALSE(compares);
  EXPECT_THAT(lost_, HasSubstr("what it gains by this job cannot be told"));
  const v1::KeptHead later = Step(3, 2, compares);
  EXPECT_FALSE(compares) << "though a file is there again";
  EXPECT_EQ(later.alone_rounds(), 0u);
  EXPECT_FALSE(IsOwnModel(later));
}

TEST_F(KeptAlone, ASiteThatJoinsLaterComparesUnlessNobodyKnowsTheFirstWeights) {
  bool compares = false;
  EXPECT_EQ(Step(2, 0, compares).alone_rounds(), 1u);
  EXPECT_TRUE(compares);
  spec_.mutable_model()->mutable_start_from();
  std::filesystem::remove_all(folder());
  std::filesystem::create_directories(folder());
  Step(1, 0, compares);
  EXPECT_TRUE(compares) << "in round 1 they are what is received";
  EXPECT_THAT(Step(2, 0, compares).no_baseline(), HasSubstr("joined after round 1"));
  EXPECT_FALSE(compares);
}

TEST_F(KeptAlone, ASiteThatTrainedInNoRoundHasNothingToCompare) {
  bool compares = true;
  EXPECT_THAT(Step(0, 0, compares).no_baseline(), HasSubstr("counted in no round"));
  EXPECT_FALSE(compares);
}

}  // namespace
}  // namespace accord
