// What each rule promises: whatever a few sites send, the combined change stays near the others'.
#include "aggregation/robust/robust_combination.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aggregation/robust/distances.h"
#include "aggregation/robust/krum.h"
#include "aggregation/robust/sorted_columns.h"
#include "base/random_stream.h"
#include "proto/validation/job_validation.h"
#include "tests/aggregation/robust/changes_in_memory.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Rows = ChangesInMemory::Rows;
using Doubles = std::vector<double>;

v1::Combiner RuleOf(const std::string& text) {
  v1::Combiner rule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
  return rule;
}

Doubles CombinedBy(const std::string& rule, const SiteChanges& changes) {
  auto combination = RobustCombination::Create(RuleOf(rule), changes);
  EXPECT_TRUE(combination.ok()) << rule << ": " << combination.status();
  Doubles combined(changes.num_elements());
  EXPECT_TRUE(combination->Combine(0, absl::MakeSpan(combined)).ok());
  return combined;
}

std::string WordsOf(const std::string& rule, const SiteChanges& changes) {
  auto combination = RobustCombination::Create(RuleOf(rule), changes);
  return combination.ok() ? combination->in_words() : std::string(combination.status().message());
}

double DistanceOf(const Doubles& a, const Doubles& b) {
  double squared = 0;
  for (size_t i = 0; i < a.size(); ++i) squared += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(squared);
}

Doubles MeanOf(const Rows& rows) {
  Doubles mean(rows.front().size());
  for (const Doubles& row : rows) {
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += row[i] / static_cast<double>(rows.size());
  }
  return mean;
}

// Sites that go the same way, each a little beside it.
Rows HonestChanges(size_t sites, size_t elements, uint64_t seed = 1) {
  RandomStream truth({seed, "", 0, "truth"});
  Doubles way(elements);
  for (double& value : way) value = truth.NextDouble() - 0.5;
  Rows rows;
  for (size_t site = 0; site < sites; ++site) {
    RandomStream noise({seed, std::to_string(site), 0, "noise"});
    rows.push_back(way);
    for (double& value : rows.back()) value += 0.2 * (noise.NextDouble() - 0.5);
  }
  return rows;
}

// ---- attacks ----

struct Attack {
  const char* name;
  double factor;  // of the honest mean
  double offset;
};

class RobustRules : public ::testing::TestWithParam<Attack> {};

INSTANTIATE_TEST_SUITE_P(Attacks, RobustRules,
                         ::testing::Values(Attack{"Huge", 1, 1e6}, Attack{"TurnedRound", -10, 0},
                                           Attack{"TurnedRoundHugely", -1e7, 0}, Attack{"Shifted", 1, 1}),
                         [](const auto& info) { return info.param.name; });

// Two of eleven, the most that Bulyan withstands. They agree with each other to the last bit, as colluders can.
TEST_P(RobustRules, StayWithTheHonestSites) {
  constexpr size_t kElements = 500;
  const Rows honest = HonestChanges(9, kElements);
  const Doubles mean = MeanOf(honest);
  double spread = 0;  // how far the farthest honest site is from the honest mean
  for (const Doubles& row : honest) spread = std::max(spread, DistanceOf(row, mean));
  Doubles attack = mean;
  for (double& value : attack) value = GetParam().factor * value + GetParam().offset;
  Rows all = honest;
  all.insert(all.begin() + 3, attack);
  all.push_back(attack);
  const ChangesInMemory changes(all);
  for (const char* rule :
       {"median {}", "trimmed_mean { hostile_sites: 2 }", "krum { hostile_sites: 2 }",
        "multi_krum { hostile_sites: 2 }", "bulyan { hostile_sites: 2 }", "geometric_median { iterations: 100 }"}) {
    EXPECT_LT(DistanceOf(CombinedBy(rule, changes), mean), 1.01 * spread) << rule;
  }
  const double pull = DistanceOf(attack, mean) * 2 / 11;
  EXPECT_NEAR(DistanceOf(MeanOf(all), mean), pull, 1e-6 * pull);
  EXPECT_GT(pull, spread) << "the attack is none";
  // A norm bound withstands nothing, it limits: each hostile site pulls by the bound at most.
  const double bound = DistanceOf(mean, Doubles(kElements)) + spread;
  const Doubles bounded = CombinedBy("norm_bound { max_norm: " + std::to_string(bound) + " }", changes);
  EXPECT_LT(DistanceOf(bounded, mean), 2 * 2 * bound / 11 + spread);
}

// Blanchard et al. 2017, section 3: of the mean one site is enough, wherever it wants to be.
TEST(RobustRules, MeanGoesWhereOneSiteWants) {
  Rows all = HonestChanges(6, 20);
  const Doubles wanted(20, 7.0);
  Doubles last(20);
  for (size_t i = 0; i < last.size(); ++i) last[i] = 7 * wanted[i] - 6 * MeanOf(all)[i];
  all.push_back(last);
  EXPECT_LT(DistanceOf(CombinedBy("norm_bound { max_norm: 1e9 }", ChangesInMemory(all)), wanted), 1e-9);
  EXPECT_GT(DistanceOf(CombinedBy("median {}", ChangesInMemory(all)), wanted), 20);
}

// El Mhamdi et al. 2018: a colluder that is off in one coordinate alone is near in distance, so Krum may choose it; the
// second part of Bulyan takes the coordinate away.
TEST(RobustRules, BulyanTakesAwayWhatHidesInOneCoordinate) {
  Rows all = HonestChanges(9, 2000);
  const Doubles mean = MeanOf(all);
  for (int i = 0; i < 2; ++i) {
    all.push_back(mean);
    all.back()[17] += 2;
  }
  ASSERT_NEAR(CombinedBy("krum { hostile_sites: 2 }", ChangesInMemory(all))[17], mean[17] + 2, 1e-9);
  EXPECT_NEAR(CombinedBy("bulyan { hostile_sites: 2 }", ChangesInMemory(all))[17], mean[17], 0.2);
}

// Rows are a site's own word: half of them is half of the geometric median.
TEST(RobustRules, GeometricMedianWithstandsFewerThanHalfOfTheRows) {
  Rows all = HonestChanges(4, 50);
  const Doubles mean = MeanOf(all);
  all.push_back(Doubles(50, 30.0));
  const auto distance = [&](uint64_t claimed) {
    return DistanceOf(
        CombinedBy("geometric_median { iterations: 100 }", ChangesInMemory(all, {10, 10, 10, 10, claimed})), mean);
  };
  EXPECT_LT(distance(20), 1);
  EXPECT_GT(distance(60), 100);
}

// At update_bound, where hostile changes lie; ten iterations leave them a tenth of the weight.
TEST(RobustRules, GeometricMedianWithstandsNearlyHalfOfTheRowsAtTheBound) {
  Rows all = HonestChanges(11, 50);
  const Doubles mean = MeanOf(all);
  for (int i = 0; i < 9; ++i) all.push_back(Doubles(50, 1000.0));
  const ChangesInMemory changes(all);
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_combiner()->mutable_geometric_median();
  ApplyDefaults(spec);
  const std::string rule = "geometric_median { iterations: " +
                           std::to_string(spec.aggregation().combiner().geometric_median().iterations()) + " }";
  EXPECT_LT(DistanceOf(CombinedBy(rule, changes), mean), 1) << rule;
  EXPECT_THAT(WordsOf(rule, changes), Not(HasSubstr("not settled")));
  EXPECT_GT(DistanceOf(CombinedBy("geometric_median { iterations: 10 }", changes), mean), 100);
  EXPECT_THAT(WordsOf("geometric_median { iterations: 10 }", changes), HasSubstr("after 10 iterations, not settled"));
}

// ---- what a result depends on ----

TEST(RobustRules, EqualScoresGoToTheFirstName) {
  const ChangesInMemory changes({{2, 2}, {1, 1}, {1, 1}, {2, 2}, {1, 1}, {2, 2}});
  EXPECT_THAT(WordsOf("krum { hostile_sites: 1 }", changes), HasSubstr("the change of s00 alone, of 6 sites"));
  EXPECT_EQ(CombinedBy("krum { hostile_sites: 1 }", changes), (Doubles{2, 2}));
}

// Points on a line at which 2 or 4 nearest others would choose another site than 6 - 1 - 2.
TEST(RobustRules, KrumAsksTheRightNumberOfOthers) {
  const ChangesInMemory changes({{0}, {1}, {2}, {4}, {9}, {10}});
  EXPECT_EQ(CombinedBy("krum { hostile_sites: 1 }", changes), (Doubles{2}));
}

// The same where Krum chooses again and again among those that are left: with one other more or less in each choice it
// would choose 0 and 4, or 4 and 5.
TEST(RobustRules, BulyanAsksTheRightNumberOfOthersEachTime) {
  const ChangesInMemory changes({{4}, {7}, {8}, {16}, {28}, {31}, {36}, {48}, {51}, {54}, {55}});
  EXPECT_EQ(BulyanChoice(DistancesOf(changes).value(), 2), (std::vector<size_t>{1, 2, 3, 6, 7, 8, 9}));
}

// Many sites make narrow tiles, few wide ones; the model is stepped in pieces of another size.
TEST(RobustRules, PiecesDoNotMatter) {
  constexpr size_t kElements = 70'000;
  const ChangesInMemory changes(HonestChanges(40, kElements), std::vector<uint64_t>(40, 3));
  for (const char* rule : {"median {}", "trimmed_mean { hostile_sites: 7 }", "multi_krum { hostile_sites: 3 }",
                           "bulyan { hostile_sites: 4 }", "geometric_median { iterations: 3 }"}) {
    const Doubles whole = CombinedBy(rule, changes);
    auto combination = RobustCombination::Create(RuleOf(rule), changes).value();
    Doubles pieces(kElements);
    for (size_t first = 0; first < kElements; first += 9'999) {
      const auto piece = absl::MakeSpan(pieces).subspan(first, 9'999);
      ASSERT_TRUE(combination.Combine(first, piece).ok());
    }
    EXPECT_EQ(pieces, whole) << rule;
  }
  EXPECT_LE(changes.largest_read() * 40 * sizeof(double), ChangeReader::kBlockBytes);
}

TEST(RobustRules, ReadTheChangesAsOftenAsTheySay) {
  const Rows rows = HonestChanges(7, 1000);
  const auto passes = [&](const char* rule) {
    const ChangesInMemory changes(rows);
    CombinedBy(rule, changes);
    return changes.passes();
  };
  EXPECT_EQ(passes("median {}"), 1);
  EXPECT_EQ(passes("trimmed_mean { hostile_sites: 1 }"), 1);
  EXPECT_EQ(passes("krum { hostile_sites: 1 }"), 2);
  EXPECT_EQ(passes("bulyan { hostile_sites: 1 }"), 2);
  EXPECT_EQ(passes("norm_bound { max_norm: 1 }"), 2);
  EXPECT_EQ(passes("geometric_median { iterations: 2 }"), 3);
}

// ---- sorting ----

TEST(SortColumns, SortsColumnsOfEverySize) {
  for (size_t rows = 1; rows <= 70; ++rows) {
    RandomStream random({rows, "", 0, "sort"});
    constexpr size_t kColumns = 21;
    Doubles values(rows * kColumns);
    // Few different ones, so that many are equal.
    for (double& value : values) value = std::floor(8 * random.NextDouble()) - 4;
    Doubles expected = values;
    for (size_t column = 0; column < kColumns; ++column) {
      Doubles sorted;
      for (size_t row = 0; row < rows; ++row) sorted.push_back(values[row * kColumns + column]);
      std::sort(sorted.begin(), sorted.end());
      for (size_t row = 0; row < rows; ++row) expected[row * kColumns + column] = sorted[row];
    }
    SortColumns({values.data(), rows, kColumns, kColumns});
    EXPECT_EQ(values, expected) << rows;
  }
}

TEST(MeanAroundMedian, TakesTheSmallerOfTwoThatAreAsNear) {
  Doubles column = {1, 2, 3, 4, 5};
  Doubles out(1);
  MeanAroundMedianOfSorted({column.data(), 5, 1, 1}, 2, absl::MakeSpan(out));
  EXPECT_EQ(out[0], 2.5);
  MeanAroundMedianOfSorted({column.data(), 5, 1, 1}, 4, absl::MakeSpan(out));
  EXPECT_EQ(out[0], 2.5);
}

// ---- refusals and words ----

TEST(RobustRules, AreNotAskedAboutTooFewSites) {
  const auto why = [](const char* rule, size_t sites) {
    const ChangesInMemory changes(HonestChanges(sites, 3));
    const auto combination = RobustCombination::Create(RuleOf(rule), changes);
    if (combination.ok()) return std::string("combined");
    EXPECT_EQ(combination.status().code(), absl::StatusCode::kFailedPrecondition) << rule;
    return std::string(combination.status().message());
  };
  EXPECT_EQ(why("median {}", 3), "combined");
  EXPECT_THAT(why("median {}", 2), AllOf(HasSubstr("only 2 sites trained"), HasSubstr("fewer than 3")));
  EXPECT_EQ(why("trimmed_mean { hostile_sites: 2 }", 5), "combined");
  EXPECT_THAT(why("trimmed_mean { hostile_sites: 2 }", 4), HasSubstr("fewer than 5"));
  EXPECT_EQ(why("krum { hostile_sites: 2 }", 7), "combined");
  EXPECT_THAT(why("krum { hostile_sites: 2 }", 6), HasSubstr("fewer than 7"));
  EXPECT_EQ(why("multi_krum { hostile_sites: 2 kept_sites: 5 }", 9), "combined");
  EXPECT_THAT(why("multi_krum { hostile_sites: 2 kept_sites: 5 }", 8), HasSubstr("fewer than 9"));
  EXPECT_EQ(why("bulyan { hostile_sites: 2 }", 11), "combined");
  EXPECT_THAT(why("bulyan { hostile_sites: 2 }", 10), HasSubstr("fewer than 11"));
  EXPECT_THAT(why("geometric_median {}", 1), HasSubstr("only 1 site trained"));
  const ChangesInMemory changes(HonestChanges(3, 3));
  EXPECT_EQ(RobustCombination::Create({}, changes).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RobustRules, SayWhatBecameOfTheSites) {
  Rows rows = HonestChanges(6, 40);
  rows.push_back(Doubles(40, 50.0));
  const ChangesInMemory changes(rows);
  EXPECT_EQ(WordsOf("median {}", changes), "coordinate median of 7 sites' changes");
  EXPECT_EQ(WordsOf("trimmed_mean { hostile_sites: 2 }", changes),
            "trimmed mean of 7 sites' changes, without the 2 largest and 2 smallest of each parameter");
  EXPECT_THAT(WordsOf("multi_krum { hostile_sites: 1 }", changes),
              AllOf(HasSubstr("4 of 7 sites, not of "), HasSubstr("s06")));
  EXPECT_THAT(WordsOf("bulyan { hostile_sites: 1 }", changes),
              AllOf(HasSubstr("of 7 sites not "), HasSubstr("s06"), HasSubstr("the 3 of 5 changes")));
  EXPECT_THAT(WordsOf("geometric_median { iterations: 20 }", changes), HasSubstr("least counts that of s06, 0.0"));
  EXPECT_THAT(WordsOf("norm_bound { max_norm: 10 }", changes),
              AllOf(HasSubstr("1 of 7 sites' changes were shortened"), HasSubstr("to 316")));
}

}  // namespace
}  // namespace accord
