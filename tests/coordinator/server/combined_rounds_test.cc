// Jobs with a combiner over the wire, with a site that sends what it likes.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/coordinator/server/set_clock.h"

namespace accord {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CombinedRounds : public ::testing::Test {
 protected:
  static v1::JobSpec Spec(uint64_t num_parameters, uint32_t min_sites) {
    v1::JobSpec spec = DrillSpec(num_parameters, 1, min_sites);
    spec.mutable_aggregation()->mutable_combiner()->mutable_median();
    spec.mutable_rounds()->set_silence_s(30);
    return spec;
  }
  std::vector<float> ModelOf(const std::string& job) {
    v1::ModelHeader header;
    std::vector<float> model;
    EXPECT_TRUE(ada_.Fetch(job, 0, &header, &model).ok());
    return model;
  }

  SetClock clock_;
  RunningCoordinator coordinator_{clock_};
  FakePerson ada_{coordinator_, "ada"};
};

TEST_F(CombinedRounds, OneHostileSiteMovesTheMeanAndNotTheMedian) {
  FakeSite north(coordinator_, "north"), south(coordinator_, "south"), west(coordinator_, "west");
  for (const bool combines : {false, true}) {
    v1::JobSpec spec = Spec(600'000, 3);  // through files, on the strand
    if (!combines) spec.mutable_aggregation()->clear_combiner();
    const std::string job = ada_.SubmitDrill(spec);
    const v1::Plan plan = north.NextPlan();
    south.NextPlan();
    west.NextPlan();
    EXPECT_TRUE(west.Upload(plan.id(), DrillVector(spec, 3, -1.0f)).has_verified());
    EXPECT_TRUE(north.Upload(plan.id(), DrillVector(spec, 3, 0.25f)).has_verified());
    EXPECT_TRUE(south.Upload(plan.id(), DrillVector(spec, 3, 0.125f)).has_verified());
    const v1::JobReport report = ada_.FinalReport(job);
    ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
    EXPECT_THAT(ModelOf(job), Each(FloatNear(combines ? 0.125f : -0.625f / 3, 1e-6f)));
    ASSERT_THAT(report.rounds(), SizeIs(1));
    EXPECT_EQ(report.rounds(0).combined(), combines ? "coordinate median of 3 sites' changes" : "");
    EXPECT_EQ(std::count_if(report.notes().begin(), report.notes().end(),
                            [](const std::string& note) {
                              return note.find("the coordinator took the median") != std::string::npos;
                            }),
              combines ? 1 : 0);
  }
}

// Modulo 2^32 one number out of bounds could be any number for the others.
TEST_F(CombinedRounds, AVectorOutOfBoundsIsRefusedAndTheRoundGoesOnWithoutIt) {
  for (const uint64_t parameters : {uint64_t{10}, uint64_t{600'000}}) {
    FakeSite north(coordinator_, "north"), south(coordinator_, "south"), west(coordinator_, "west");
    v1::JobSpec spec = Spec(parameters, 3);
    spec.mutable_rounds()->set_target_sites(4);
    spec.mutable_rounds()->set_gather_s(10);
    auto hostile = std::make_unique<FakeSite>(coordinator_, "hostile");
    const std::string job = ada_.SubmitDrill(spec);
    const v1::PlanId id = hostile->NextPlan().id();
    const std::string vector = DrillVector(spec, 4, 1.5f);
    EXPECT_THAT(hostile->Upload(id, vector).refused(), HasSubstr("beyond the bounds of its job"));
    // Nor is it taken for one that was accepted before.
    EXPECT_THAT(hostile->Upload(id, vector).refused(), HasSubstr("beyond the bounds of its job"));
    hostile = nullptr;
    for (FakeSite* site : {&north, &south, &west}) {
      EXPECT_EQ(site->NextPlan().id().attempt(), id.attempt());
      EXPECT_TRUE(site->Upload(id, DrillVector(spec, 4, 0.5f)).has_verified());
    }
    clock_.Advance(absl::Seconds(31));  // more than silence_s
    coordinator_.engine().Poke();
    const v1::JobReport report = ada_.FinalReport(job);
    ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
    EXPECT_THAT(report.rounds(0).sites(), ElementsAre("north", "south", "west"));
    ASSERT_THAT(report.rounds(0).absences(), SizeIs(1));
    EXPECT_EQ(report.rounds(0).absences(0).site(), "hostile");
    EXPECT_THAT(ModelOf(job), Each(FloatNear(0.5f, 1e-6f)));
  }
}

TEST_F(CombinedRounds, ARestartedCoordinatorComesToTheSameModel) {
  const v1::JobSpec spec = Spec(600'000, 3);
  const std::vector<float> updates = {0.25f, -0.5f, 0.75f};
  const std::vector<std::string> names = {"east", "north", "south"};
  const auto upload_all = [&](std::vector<std::unique_ptr<FakeSite>>& sites, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(sites[i]->Upload(sites[i]->NextPlan().id(), DrillVector(spec, 3, updates[i])).has_verified());
    }
  };
  std::string job;
  {
    std::vector<std::unique_ptr<FakeSite>> sites;
    for (const std::string& name : names) sites.push_back(std::make_unique<FakeSite>(coordinator_, name));
    job = ada_.SubmitDrill(spec);
    upload_all(sites, 2);
    coordinator_.Restart();
  }
  FakePerson ada(coordinator_, "ada");
  std::vector<std::unique_ptr<FakeSite>> sites;
  for (const std::string& name : names) sites.push_back(std::make_unique<FakeSite>(coordinator_, name));
  upload_all(sites, 3);
  EXPECT_EQ(ada.FinalReport(job).state(), v1::JOB_FINISHED);
  v1::ModelHeader header;
  std::vector<float> model;
  ASSERT_TRUE(ada.Fetch(job, 0, &header, &model).ok());
  EXPECT_THAT(model, Each(FloatNear(0.25f, 1e-6f)));
}

}  // namespace
}  // namespace accord
