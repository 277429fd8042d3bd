// What a daemon keeps of a job between its rounds: a word that is lost, an attempt that is abandoned and a crash at any
// moment leave the site with what belongs to its last vector that counted.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/daemon/state/kept_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/engine_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class KeptJobs : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    SiteEngineTest::Configure(options);
    kept_ = KeptStore::Open(folder_ + "/kept", max_bytes_).value();
    options.kept = kept_.get();
  }
  void TearDown() override {
    engine_.reset();  // before what it uses
    SiteEngineTest::TearDown();
  }
  // As kill -9 does: nothing but the files is left.
  void Crash() { Restart(); }

  static v1::JobSpec Job() {
    v1::JobSpec spec = ValidDrillJob(3);
    v1::DataSchema& data = *spec.mutable_data();
    data.set_name("heart");
    for (const char* name : {"age", "bmi"}) {
      v1::Feature& feature = *data.add_features();
      feature.set_name(name);
      feature.mutable_numeric()->set_max(100);
    }
    data.mutable_target()->set_name("ill");
    for (const char* level : {"no", "yes"}) data.mutable_target()->mutable_category()->add_levels(level);
    spec.mutable_preprocessing()->set_standardise(v1::Preprocessing::NONE);
    spec.mutable_model()->mutable_logistic_regression();
    spec.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
    spec.mutable_training()->set_local_epochs(1);
    spec.mutable_aggregation()->mutable_fedper()->add_layers("linear.bias");
    ApplyDefaults(spec);
    return spec;
  }
  // `counted`: what the coordinator says of this site.
  static v1::Plan PlanOf(uint32_t round, uint32_t attempt, uint32_t counted) {
    v1::Plan plan = DrillPlan(ValidDrillJob(3), attempt);
    plan.mutable_id()->set_step(round - 1);
    plan.set_round(round);
    const std::string job = Job().SerializeAsString();
    plan.set_job_inline(job);
    plan.set_job_sha256(Sha256Hex(job));
    plan.add_counted_steps(counted);
    plan.add_counted_steps(7);
    return plan;
  }
  // Computes the plan and uploads; whether its sum counts is another matter.
  void Upload(const v1::Plan& plan) {
    const int before = coordinator_.uploads_opened();
    Send(plan);
    while (coordinator_.uploads_opened() == before) {
    }
    coordinator_.AwaitUpload();
  }
  bool WasTold(const std::string& words) {
    const v1::DaemonStatus status = engine_->Status();
    for (const std::string& line : status.latest_events()) {
      if (line.find(words) != std::string::npos) return true;
    }
    return false;
  }

  uint64_t max_bytes_ = uint64_t{100} << 20;
  std::unique_ptr<KeptStore> kept_;
};

TEST_F(KeptJobs, EachRoundGoesOnFromTheLastThatCounted) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::SUMMED);
  Upload(PlanOf(3, 3, 2));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 1));
  EXPECT_FALSE(WasTold("lost"));
}

TEST_F(KeptJobs, AnAbandonedAttemptChangesNothingAndItsVectorIsSentAgain) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::ABANDONED);
  Upload(PlanOf(2, 3, 1));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0))
      << "the held vector and what was kept with it belong together";
  SendEnd(PlanOf(2, 3, 1), v1::PlanEnd::SUMMED);
  Upload(PlanOf(3, 4, 2));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 1));
}

TEST_F(KeptJobs, ASiteThatIsLeftOutGoesOnFromTheRoundBefore) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::LEFT_OUT);
  Upload(PlanOf(4, 9, 1));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 0));
}

// The daemon is killed after its vector was taken, before or after the sum was made without its knowing.
TEST_F(KeptJobs, ACrashLeavesWhatTheCoordinatorCounts) {
  Upload(PlanOf(1, 1, 0));
  Crash();
  Upload(PlanOf(1, 2, 0));  // it did not count
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, -1));
  Crash();
  Upload(PlanOf(2, 3, 1));  // it did
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, -1, 0));
  EXPECT_FALSE(WasTold("lost"));
}

TEST_F(KeptJobs, WhatIsLostIsToldToTheOperatorAndTheSiteGoesOn) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  std::filesystem::remove_all(folder_ + "/kept");
  std::filesystem::create_directories(folder_ + "/kept");
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::SUMMED);
  Upload(PlanOf(3, 3, 2));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, -1));
  EXPECT_TRUE(WasTold("what this site kept of earlier rounds is lost"));
}

TEST_F(KeptJobs, TheModelOfAJobThatIsOverStaysAndNothingElse) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::JOB_OVER);
  while (!kept_->OpenJobs().empty()) {
  }
  EXPECT_LE(std::distance(std::filesystem::directory_iterator(folder_ + "/kept"), {}), 1);
}

// Its end was told while the daemon was down.
TEST_F(KeptJobs, AJobThatTheDaemonHasForgottenIsAskedAboutAndThenForgottenWhole) {
  Upload(PlanOf(1, 1, 0));
  Crash();
  const v1::SiteMessage asked =
      coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_progress(); });
  EXPECT_EQ(asked.progress().plan().job_id(), "job-1");
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::JOB_OVER);
  while (!kept_->OpenJobs().empty()) {
  }
}

TEST_F(KeptJobs, ASiteThatMayKeepNothingRefusesTheJob) {
  max_bytes_ = 0;
  Crash();
  Send(PlanOf(1, 1, 0));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("max_kept_mib"));
  EXPECT_EQ(trainers_.computations(), 0);
}

TEST_F(KeptJobs, APlanThatDoesNotSayWhatCountedIsRefused) {
  v1::Plan plan = PlanOf(1, 1, 0);
  plan.clear_counted_steps();
  Send(plan);
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("which step counted"));
  Send(PlanOf(1, 2, 5));
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("a later step, 5, counted already"));
}

}  // namespace
}  // namespace accord
