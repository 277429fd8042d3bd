// FedBuff's server step, held against the algorithm of its paper in a plain loop over a scripted order of arrivals.
#include "aggregation/robust/stale_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/random_stream.h"
#include "tests/aggregation/robust/changes_in_memory.h"

namespace accord {
namespace {

using Doubles = std::vector<double>;
using ::testing::HasSubstr;

Doubles Combined(const SiteChanges& changes, const std::map<std::string, uint32_t>& staleness) {
  auto combination = CombineByStaleness(changes, staleness);
  EXPECT_TRUE(combination.ok()) << combination.status();
  Doubles combined(changes.num_elements());
  EXPECT_TRUE(combination->Combine(0, absl::MakeSpan(combined)).ok());
  return combined;
}

TEST(StaleChanges, AFreshChangeCountsInFullAndAnOldOneByTheRootOfItsAge) {
  const ChangesInMemory changes(ChangesInMemory::Rows{{4, -8}, {6, 2}});
  EXPECT_THAT(Combined(changes, {{"s00", 0}, {"s01", 3}}),
              ::testing::ElementsAre(4 / 2.0 + 6 / 4.0, -8 / 2.0 + 2 / 4.0));
}

// Nguyen et al. 2022, algorithm 1, line by line. The pull of each site is towards a point of its own, so that every
// change depends on the version that it was made from.
TEST(StaleChanges, EqualsTheAlgorithmOfThePaperOverAScriptedOrderOfArrivals) {
  constexpr int kSites = 4, kBuffer = 2, kParameters = 5;
  constexpr double kServerRate = 0.7;
  const std::vector<int> arrivals = {0, 1, 0, 2, 1, 0, 3, 2, 0, 1, 1, 3, 2, 0};
  RandomStream random({.job_seed = 3, .site = "", .round = 0, .use = "points"});
  std::vector<Doubles> points(kSites, Doubles(kParameters));
  for (Doubles& point : points) {
    for (double& x : point) x = random.NextDouble();
  }
  const auto change_of = [&](int site, const Doubles& model) {
    Doubles change(kParameters);
    for (int i = 0; i < kParameters; ++i) change[i] = 0.3 * (points[site][i] - model[i]);
    return change;
  };
  // The reference: one accumulator, as the paper has it.
  std::vector<Doubles> versions = {Doubles(kParameters)};
  std::vector<size_t> started(kSites, 0);
  // The product's: whole buffers at a time.
  Doubles model(kParameters);
  std::vector<Doubles> product_versions = {model};
  ChangesInMemory::Rows buffered;
  std::map<std::string, uint32_t> ages;
  Doubles accumulator(kParameters);
  int in_buffer = 0;
  std::vector<int> waiting;
  for (const int site : arrivals) {
    const size_t age = versions.size() - 1 - started[site];
    const Doubles change = change_of(site, versions[started[site]]);
    for (int i = 0; i < kParameters; ++i) accumulator[i] += change[i] / std::sqrt(1.0 + static_cast<double>(age));
    ages["s0" + std::to_string(buffered.size())] = static_cast<uint32_t>(age);
    buffered.push_back(change_of(site, product_versions[started[site]]));
    waiting.push_back(site);
    if (++in_buffer < kBuffer) continue;
    Doubles next = versions.back();
    for (int i = 0; i < kParameters; ++i) next[i] += kServerRate * accumulator[i] / kBuffer;
    versions.push_back(next);
    const ChangesInMemory changes(buffered);
    const Doubles mean = Combined(changes, ages);
    for (int i = 0; i < kParameters; ++i) model[i] += kServerRate * mean[i];
    product_versions.push_back(model);
    for (const int done : waiting) started[done] = versions.size() - 1;
    accumulator.assign(kParameters, 0);
    buffered.clear();
    ages.clear();
    waiting.clear();
    in_buffer = 0;
    for (int i = 0; i < kParameters; ++i) EXPECT_NEAR(model[i], versions.back()[i], 1e-12) << versions.size();
  }
  EXPECT_EQ(versions.size(), 8u);
}

TEST(StaleChanges, SayHowOldTheModelsWere) {
  const ChangesInMemory changes(ChangesInMemory::Rows{{1}, {2}});
  EXPECT_EQ(CombineByStaleness(changes, {{"s00", 0}, {"s01", 0}})->in_words(), "FedBuff: the mean of 2 changes");
  EXPECT_EQ(CombineByStaleness(changes, {{"s00", 4}, {"s01", 0}})->in_words(),
            "FedBuff: the mean of 2 changes, by models up to 4 rounds out of date");
}

TEST(StaleChanges, RefuseAChangeOfUnknownAge) {
  const ChangesInMemory changes(ChangesInMemory::Rows{{1}, {2}});
  EXPECT_THAT(std::string(CombineByStaleness(changes, {{"s00", 0}}).status().message()), HasSubstr("s01"));
}

}  // namespace
}  // namespace accord
