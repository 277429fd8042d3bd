// Where steps stand in their job, and whose turn it is.
#include "aggregation/programs/step_places.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "aggregation/programs/step_schema.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

v1::JobSpec Cyclic(uint32_t cycles) {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_aggregation()->mutable_cyclic()->set_order(v1::Cyclic::LISTED);
  spec.mutable_aggregation()->set_plain_sum(true);
  spec.mutable_rounds()->set_count(cycles);
  for (const char* site : {"c", "a", "b"}) spec.mutable_rounds()->add_sites(site);
  return spec;
}

TEST(StepPlaces, ACycleIsATurnOfEachSiteAndAnEvaluation) {
  const v1::JobSpec spec = Cyclic(2);
  EXPECT_THAT(StepsOf(spec),
              ElementsAre(v1::STEP_STANDARDISE, v1::STEP_TRAIN, v1::STEP_TRAIN, v1::STEP_TRAIN, v1::STEP_EVALUATE,
                          v1::STEP_TRAIN, v1::STEP_TRAIN, v1::STEP_TRAIN, v1::STEP_EVALUATE));
  const StepPlaces places(spec);
  std::vector<uint32_t> rounds, turns, done;
  std::vector<std::string> sites;
  for (uint32_t step = 0; step < 10; ++step) {
    rounds.push_back(places.RoundOf(step));
    turns.push_back(places.TurnOf(step));
    sites.push_back(places.SiteOf(step));
    done.push_back(places.RoundsDone(step));
  }
  EXPECT_THAT(rounds, ElementsAre(0, 1, 1, 1, 1, 2, 2, 2, 2, 0));
  EXPECT_THAT(turns, ElementsAre(0, 1, 2, 3, 0, 1, 2, 3, 0, 0));
  EXPECT_THAT(sites, ElementsAre("", "c", "a", "b", "", "c", "a", "b", "", ""));
  EXPECT_THAT(done, ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1, 2));
  EXPECT_EQ(places.StepAfterRounds(), 9u);
}

TEST(StepPlaces, OtherJobsHaveRoundsOfOneStepAndNoTurns) {
  const StepPlaces places(testing_jobs::Binary());
  EXPECT_EQ(places.num_rounds(), 3u);
  EXPECT_EQ(places.RoundOf(0), 0u);
  EXPECT_EQ(places.RoundOf(3), 3u);
  EXPECT_EQ(places.RoundOf(4), 0u) << "the evaluation";
  EXPECT_EQ(places.TurnOf(2), 0u);
  EXPECT_EQ(places.SiteOf(2), "");
  EXPECT_EQ(places.RoundsDone(4), 3u);
}

TEST(StepPlaces, AShuffledOrderIsAnotherInEachCycleAndFollowsFromTheSeed) {
  v1::JobSpec spec = Cyclic(2);
  for (const char* site : {"d", "e", "f", "g", "h"}) spec.mutable_rounds()->add_sites(site);
  spec.mutable_aggregation()->mutable_cyclic()->set_order(v1::Cyclic::SHUFFLED);
  std::set<std::vector<std::string>> orders;
  for (uint32_t cycle = 1; cycle <= 20; ++cycle) {
    const std::vector<std::string> order = OrderOfCycle(spec, cycle);
    EXPECT_THAT(order, UnorderedElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
    EXPECT_EQ(order, OrderOfCycle(spec, cycle));
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 18u) << "of 40,320 orders";
  const std::vector<std::string> before = OrderOfCycle(spec, 1);
  spec.set_seed(spec.seed() + 1);
  EXPECT_NE(OrderOfCycle(spec, 1), before);
}

// By symmetry each site stands in each place equally often: of 6,000 cycles 2,000 times, standard deviation 37.
TEST(StepPlaces, NoSiteIsFavouredByTheShuffle) {
  v1::JobSpec spec = Cyclic(2);
  spec.mutable_aggregation()->mutable_cyclic()->set_order(v1::Cyclic::SHUFFLED);
  int first[3] = {};
  for (uint32_t cycle = 1; cycle <= 6000; ++cycle) ++first[OrderOfCycle(spec, cycle)[0][0] - 'a'];
  for (const int times : first) EXPECT_NEAR(times, 2000, 200);
}

TEST(StepPlaces, ATurnMeasuresNobodysHeldOutRows) {
  v1::JobSpec spec = Cyclic(2);
  EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 1)->Find(kTestRowsBlock), nullptr);
  EXPECT_NE(StepSchema(spec, v1::STEP_EVALUATE, 5, 3)->Find(kTestRowsBlock), nullptr);
  spec.mutable_aggregation()->mutable_fedbuff()->set_buffer(2);
  EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 2)->Find(kTestRowsBlock), nullptr);
  spec.mutable_aggregation()->mutable_fedavg();
  EXPECT_NE(StepSchema(spec, v1::STEP_TRAIN, 5, 2)->Find(kTestRowsBlock), nullptr);
}

}  // namespace
}  // namespace accord
