// Jobs in which a site's change counts without a common round of all: turns of cyclic weight transfer and the buffers
// of FedBuff, over the wire and through the store.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/coordinator/server/set_clock.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr uint64_t kSmall = 10;
constexpr uint64_t kLarge = 600'000;  // through files

class AloneRounds : public ::testing::Test {
 protected:
  static v1::JobSpec Cyclic(uint64_t num_parameters, uint32_t cycles) {
    v1::JobSpec spec = DrillSpec(num_parameters, cycles, 1);
    for (const char* site : {"south", "north"}) spec.mutable_rounds()->add_sites(site);
    spec.mutable_aggregation()->mutable_cyclic();
    spec.mutable_rounds()->set_target_sites(0);
    ApplyDefaults(spec);
    return spec;
  }
  static v1::JobSpec FedBuff(uint64_t num_parameters, uint32_t rounds, uint32_t buffer) {
    v1::JobSpec spec = DrillSpec(num_parameters, rounds, 1);
    spec.mutable_aggregation()->mutable_fedbuff()->set_buffer(buffer);
    spec.mutable_rounds()->set_target_sites(0);
    ApplyDefaults(spec);
    return spec;
  }
  std::vector<float> ModelOf(const std::string& job, uint32_t round = 0) {
    v1::ModelHeader header;
    std::vector<float> model;
    EXPECT_TRUE(FakePerson(coordinator_, "ada").Fetch(job, round, &header, &model).ok());
    return model;
  }
  v1::Plan Answer(FakeSite& site, const v1::JobSpec& spec, float update) {
    const v1::Plan plan = site.NextPlan();
    EXPECT_TRUE(site.Upload(plan.id(), DrillVector(spec, plan.encoding_sites(), update)).has_verified());
    return plan;
  }

  SetClock clock_;
  RunningCoordinator coordinator_{clock_};
};

TEST_F(AloneRounds, EachTurnIsOneSiteOnTheModelOfTheOneBeforeIt) {
  for (const uint64_t parameters : {kSmall, kLarge}) {
    FakePerson ada(coordinator_, "ada");
    FakeSite north(coordinator_, "north"), south(coordinator_, "south");
    const v1::JobSpec spec = Cyclic(parameters, 2);
    const std::string job = ada.SubmitDrill(spec);
    std::vector<std::string> models;
    float update = 0.5f;
    for (FakeSite* site : {&south, &north, &south, &north}) {
      const v1::Plan plan = Answer(*site, spec, update);
      EXPECT_THAT(plan.cohort(), ElementsAre(site == &south ? "south" : "north"));
      EXPECT_EQ(site->NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
      models.push_back(plan.model_digest());
      update /= -2;
    }
    const v1::JobReport report = ada.FinalReport(job);
    ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
    EXPECT_EQ(report.rounds_total(), 2u);
    EXPECT_EQ(report.rounds_done(), 2u);
    ASSERT_THAT(report.rounds(), SizeIs(4));
    for (int turn = 0; turn < 4; ++turn) {
      EXPECT_EQ(report.rounds(turn).round(), 1u + turn / 2);
      EXPECT_EQ(report.rounds(turn).turn(), 1u + turn % 2);
      if (turn > 0) {
        EXPECT_EQ(models[turn], report.rounds(turn - 1).model_digest());
      }
    }
    EXPECT_THAT(report.notes(),
                Contains(AllOf(HasSubstr("cyclic weight transfer"), HasSubstr("one site's own change"))));
    EXPECT_THAT(report.notes(), Not(Contains(HasSubstr("skipped"))));
    EXPECT_THAT(ModelOf(job), Each(FloatNear(0.5f - 0.25f + 0.125f - 0.0625f, 1e-6f)));
    EXPECT_THAT(ModelOf(job, 1), Each(FloatNear(0.25f, 1e-6f))) << "after the first cycle";
  }
}

TEST_F(AloneRounds, ACoordinatorThatIsKilledInACycleGoesOnAtTheSameTurn) {
  const v1::JobSpec spec = Cyclic(kLarge, 1);
  std::string job;
  std::string between;
  {
    FakePerson ada(coordinator_, "ada");
    FakeSite north(coordinator_, "north"), south(coordinator_, "south");
    job = ada.SubmitDrill(spec);
    Answer(south, spec, 0.5f);
    EXPECT_EQ(south.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    between = north.NextPlan().model_digest();
    coordinator_.Restart();
  }
  FakePerson ada(coordinator_, "ada");
  FakeSite south(coordinator_, "south"), north(coordinator_, "north");
  const v1::Plan plan = Answer(north, spec, 0.25f);
  EXPECT_EQ(plan.model_digest(), between);
  EXPECT_EQ(plan.id().step(), 1u);
  EXPECT_EQ(ada.FinalReport(job).state(), v1::JOB_FINISHED);
  EXPECT_THAT(ModelOf(job), Each(FloatNear(0.75f, 1e-6f)));
}

TEST_F(AloneRounds, ASiteThatIsAwayMissesItsTurnAndTheReportSaysSo) {
  FakePerson ada(coordinator_, "ada");
  FakeSite south(coordinator_, "south");
  const v1::JobSpec spec = Cyclic(kSmall, 1);
  const std::string job = ada.SubmitDrill(spec);
  Answer(south, spec, 0.5f);
  EXPECT_EQ(south.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
  clock_.Advance(absl::Seconds(61));  // more than wait_s
  coordinator_.engine().Poke();
  const v1::JobReport report = ada.FinalReport(job);
  ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
  ASSERT_THAT(report.rounds(), SizeIs(2));
  EXPECT_EQ(report.rounds(1).outcome(), v1::ROUND_SKIPPED);
  EXPECT_EQ(report.rounds(1).reason(), "the turn of north was skipped");
  EXPECT_EQ(report.rounds(1).absences(0).reason(), "not connected");
  EXPECT_EQ(report.rounds(1).model_digest(), report.model_digest());
  EXPECT_THAT(report.notes(), Contains(HasSubstr("1 turn was skipped")));
  EXPECT_THAT(ModelOf(job), Each(FloatNear(0.5f, 1e-6f)));
  EXPECT_THAT(ModelOf(job, 1), Each(FloatNear(0.5f, 1e-6f)));
}

TEST_F(AloneRounds, ACycleInWhichNobodyTrainsEndsTheJob) {
  FakePerson ada(coordinator_, "ada");
  FakeSite south(coordinator_, "south"), north(coordinator_, "north");
  const std::string job = ada.SubmitDrill(Cyclic(kSmall, 2));
  for (FakeSite* site : {&south, &north}) {
    v1::SiteMessage message;
    *message.mutable_refusal()->mutable_plan() = site->NextPlan().id();
    message.mutable_refusal()->set_reason("out of memory");
    site->Send(message);
  }
  const v1::JobReport report = ada.FinalReport(job);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("no site trained in cycle 1, the last of them north: out of memory"));
}

TEST_F(AloneRounds, ASlowSiteHoldsUpNobodyAndItsChangeCountsByItsAge) {
  for (const uint64_t parameters : {kSmall, kLarge}) {
    FakePerson ada(coordinator_, "ada");
    FakeSite a(coordinator_, "a"), b(coordinator_, "b"), slow(coordinator_, "slow");
    const v1::JobSpec spec = FedBuff(parameters, 3, 2);
    const std::string job = ada.SubmitDrill(spec);
    const v1::Plan begun = slow.NextPlan();
    for (int round = 0; round < 2; ++round) {
      Answer(a, spec, 0.5f);
      Answer(b, spec, 0.25f);
      EXPECT_EQ(a.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
      EXPECT_EQ(b.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    }
    if (parameters == kLarge) {  // the model that it began with is still handed out
      std::string bytes;
      EXPECT_TRUE(slow.Download(begun.model_digest(), 0, &bytes).ok());
      EXPECT_EQ(bytes.size(), kLarge * sizeof(float));
    }
    EXPECT_TRUE(slow.Upload(begun.id(), DrillVector(spec, 2, 0.75f)).has_verified());
    Answer(a, spec, 0.125f);
    EXPECT_EQ(slow.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    const v1::JobReport report = ada.FinalReport(job);
    ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
    ASSERT_THAT(report.rounds(), SizeIs(3));
    EXPECT_THAT(report.rounds(1).sites(), ElementsAre("a", "b"));
    EXPECT_THAT(report.rounds(1).staleness(), ElementsAre(0, 0));
    EXPECT_THAT(report.rounds(2).sites(), ElementsAre("a", "slow"));
    EXPECT_THAT(report.rounds(2).staleness(), ElementsAre(0, 2));
    EXPECT_EQ(report.rounds(2).combined(), "FedBuff: the mean of 2 changes, by models up to 2 rounds out of date");
    const float expected = 2 * (0.5f + 0.25f) / 2 + (0.125f + 0.75f / std::sqrt(3.0f)) / 2;
    EXPECT_THAT(ModelOf(job), Each(FloatNear(expected, 1e-5f)));
    EXPECT_THAT(report.notes(), Contains(HasSubstr("FedBuff")));
  }
}

TEST_F(AloneRounds, WhatWasAcknowledgedIsInTheModelAfterARestart) {
  const v1::JobSpec spec = FedBuff(kLarge, 2, 2);
  std::string job;
  v1::PlanId old;
  {
    FakePerson ada(coordinator_, "ada");
    FakeSite a(coordinator_, "a"), b(coordinator_, "b");
    job = ada.SubmitDrill(spec);
    Answer(a, spec, 0.5f);
    Answer(b, spec, 0.25f);
    EXPECT_EQ(a.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    old = Answer(a, spec, 0.5f).id();  // arrived, and not acknowledged
    coordinator_.Restart();
  }
  FakePerson ada(coordinator_, "ada");
  FakeSite a(coordinator_, "a"), b(coordinator_, "b");
  EXPECT_GT(Answer(a, spec, 0.25f).id().attempt(), old.attempt());
  Answer(b, spec, 0.25f);
  EXPECT_EQ(ada.FinalReport(job).state(), v1::JOB_FINISHED);
  EXPECT_THAT(ModelOf(job), Each(FloatNear(0.375f + 0.25f, 1e-6f)));
}

TEST_F(AloneRounds, AChangeBeyondTheBoundsIsRefused) {
  FakePerson ada(coordinator_, "ada");
  FakeSite a(coordinator_, "a"), hostile(coordinator_, "hostile"), c(coordinator_, "c");
  const v1::JobSpec spec = FedBuff(kSmall, 1, 2);
  const std::string job = ada.SubmitDrill(spec);
  const v1::Plan plan = hostile.NextPlan();
  EXPECT_THAT(hostile.Upload(plan.id(), DrillVector(spec, 2, 1.5f)).refused(), HasSubstr("beyond the bounds"));
  Answer(a, spec, 0.5f);
  Answer(c, spec, 0.5f);
  EXPECT_EQ(ada.FinalReport(job).state(), v1::JOB_FINISHED);
  EXPECT_THAT(ModelOf(job), Each(FloatNear(0.5f, 1e-6f)));
}

// A site may not fill the plan of another, nor its own a second time.
TEST_F(AloneRounds, AFlightIsItsSitesAlone) {
  FakePerson ada(coordinator_, "ada");
  FakeSite a(coordinator_, "a"), b(coordinator_, "b");
  const v1::JobSpec spec = FedBuff(kSmall, 1, 2);
  const std::string job = ada.SubmitDrill(spec);
  const v1::Plan of_a = a.NextPlan();
  const v1::Plan of_b = b.NextPlan();
  const std::string vector = DrillVector(spec, 2, 0.5f);
  EXPECT_NE(b.Upload(of_a.id(), vector).refused(), "");
  EXPECT_TRUE(a.Upload(of_a.id(), vector).has_verified());
  EXPECT_TRUE(a.Upload(of_a.id(), vector).has_verified()) << "the answer may have been lost";
  v1::JobReport report;
  ASSERT_TRUE(ada.Get(job, &report).ok());
  EXPECT_EQ(report.rounds_done(), 0u);
  EXPECT_TRUE(b.Upload(of_b.id(), vector).has_verified());
  EXPECT_EQ(ada.FinalReport(job).state(), v1::JOB_FINISHED);
}

}  // namespace
}  // namespace accord
