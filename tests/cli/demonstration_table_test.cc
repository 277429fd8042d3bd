#include "cli/report/demonstration_table.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace accord {
namespace {

Demonstration TwoHospitals() {
  Demonstration demonstration;
  demonstration.hospitals = {{"va", 85, 45, {0.6, 0.61, {}}, {0.75, 0.76, {}}, {0.8, 0.81, {}}},
                             {"swiss", 30, 16, {1.0, {}, {}}, {0.9, {}, {}}, {0.95, {}, {}}}};
  demonstration.weighted = {"", 0, 0, {0.7, 0.61, {}}, {0.79, 0.76, {}}, {0.84, 0.81, {}}};
  return demonstration;
}

TEST(DemonstrationTable, ShowsEveryHospitalWithThreeModelsAndTheWeightedMean) {
  const std::string table = DemonstrationTable(TwoHospitals());
  EXPECT_TRUE(absl::StrContains(table, "va              60.0 %     75.0 %     80.0 %     0.610      0.760      0.810"))
      << table;
  EXPECT_TRUE(absl::StrContains(table, "weighted        70.0 %     79.0 %     84.0 %")) << table;
}

TEST(DemonstrationTable, PutsADashWhereAFigureIsMissing) {
  EXPECT_TRUE(absl::StrContains(DemonstrationTable(TwoHospitals()),
                                "swiss           100.0 %    90.0 %     95.0 %     -          -          -"));
}

TEST(DemonstrationTable, SaysThatItIsADemonstrationAndWhenRowsAreMadeUp) {
  Demonstration demonstration = TwoHospitals();
  EXPECT_TRUE(absl::StrContains(DemonstrationTable(demonstration), "demonstration only"));
  EXPECT_FALSE(absl::StrContains(DemonstrationTable(demonstration), "SYNTHETIC"));
  demonstration.synthetic = true;
  EXPECT_TRUE(absl::StrContains(DemonstrationTable(demonstration), "SYNTHETIC"));
}

TEST(DemonstrationTable, ARegressionShowsSquaredErrors) {
  Demonstration demonstration;
  demonstration.hospitals = {{"va", 85, 45, {{}, {}, 2.5}, {{}, {}, 1.5}, {{}, {}, 1.25}}};
  demonstration.weighted = demonstration.hospitals.front();
  const std::string table = DemonstrationTable(demonstration);
  EXPECT_TRUE(absl::StrContains(table, "squared error"));
  EXPECT_TRUE(absl::StrContains(table, "1.25"));
  EXPECT_FALSE(absl::StrContains(table, "accuracy"));
}

TEST(DemonstrationTable, AHospitalsNameCannotMoveTheCursor) {
  Demonstration demonstration = TwoHospitals();
  demonstration.hospitals[0].hospital = "\x1b[2Jva";
  EXPECT_FALSE(absl::StrContains(DemonstrationTable(demonstration), "\x1b"));
}

}  // namespace
}  // namespace accord
