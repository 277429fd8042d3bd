// The rules find what NumPy finds by the papers' formulas (tests/reference/combiners.py).
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/robust/distances.h"
#include "aggregation/robust/krum.h"
#include "aggregation/robust/robust_combination.h"
#include "base/file.h"
#include "tests/aggregation/robust/changes_in_memory.h"

namespace accord {
namespace {

using ::testing::DoubleNear;
using ::testing::Pointwise;

class CombinersByReference : public ::testing::Test {
 protected:
  CombinersByReference()
      : reference_(
            nlohmann::json::parse(ReadFile(ACCORD_SOURCE_DIR "/tests/reference/combiners.json", 1 << 20).value())),
        changes_(reference_["changes"].get<ChangesInMemory::Rows>(), reference_["rows"].get<std::vector<uint64_t>>()) {}

  std::vector<double> Numbers(const char* name) const { return reference_[name].get<std::vector<double>>(); }
  std::vector<double> Combined(const std::string& rule) const {
    v1::Combiner combiner;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rule, &combiner)) << rule;
    auto combination = RobustCombination::Create(combiner, changes_);
    EXPECT_TRUE(combination.ok()) << combination.status();
    std::vector<double> combined(changes_.num_elements());
    EXPECT_TRUE(combination->Combine(0, absl::MakeSpan(combined)).ok());
    return combined;
  }
  void Expect(const std::string& rule, const char* name, double tolerance = 1e-12) const {
    EXPECT_THAT(Combined(rule), Pointwise(DoubleNear(tolerance), Numbers(name))) << rule;
  }

  const nlohmann::json reference_;
  const ChangesInMemory changes_;
};

TEST_F(CombinersByReference, OfEachParameter) {
  Expect("median {}", "median");
  Expect("trimmed_mean { hostile_sites: 2 }", "trimmed_mean");
}

TEST_F(CombinersByReference, ByDistances) {
  const auto distances = DistancesOf(changes_).value();
  const auto expected = reference_["squared_distances"].get<ChangesInMemory::Rows>();
  for (size_t a = 0; a < expected.size(); ++a) {
    for (size_t b = 0; b < expected.size(); ++b) {
      EXPECT_NEAR(distances(a, b), expected[a][b], 1e-12 * expected[a][b]) << a << " " << b;
    }
  }
  std::vector<size_t> all(expected.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  EXPECT_THAT(KrumScores(distances, all, all.size() - 2 - 2), Pointwise(DoubleNear(1e-9), Numbers("krum_scores")));
  EXPECT_EQ(BulyanChoice(distances, 2), reference_["bulyan_chosen"].get<std::vector<size_t>>());
  Expect("krum { hostile_sites: 2 }", "krum");
  Expect("multi_krum { hostile_sites: 2 }", "multi_krum");
  Expect("multi_krum { hostile_sites: 2 kept_sites: 4 }", "multi_krum_of_4");
  Expect("bulyan { hostile_sites: 2 }", "bulyan");
}

TEST_F(CombinersByReference, ByRows) {
  EXPECT_THAT(NormsOf(changes_).value(), Pointwise(DoubleNear(1e-9), Numbers("norms")));
  Expect(absl::StrCat("norm_bound { max_norm: ", reference_["max_norm"].get<double>(), " }"), "norm_bound");
  Expect("norm_bound { max_norm: 1e6 }", "weighted_mean");
  Expect("geometric_median { iterations: 100 }", "geometric_median", 1e-4);
  // What the paper makes its tables with: four iterations from the mean.
  Expect("geometric_median { iterations: 4 }", "geometric_median", 0.05);
}

}  // namespace
}  // namespace accord
