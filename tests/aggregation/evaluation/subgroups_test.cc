#include "aggregation/evaluation/subgroups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Columns: age, cp=atypical, cp=asymptomatic, chol.
v1::JobSpec ByPainAndAge() {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_evaluation()->add_subgroups()->set_column("cp");
  v1::Subgroup& age = *spec.mutable_evaluation()->add_subgroups();
  age.set_column("age");
  age.add_cuts(45);
  age.add_cuts(65.5);
  return spec;
}

TEST(SubgroupCells, AreTheLevelsOfEachColumnAndTheMissingOnes) {
  const SubgroupCells cells(ByPainAndAge());
  ASSERT_EQ(cells.subgroups().size(), 2u);
  EXPECT_EQ(cells.num_cells(), 8u);
  EXPECT_EQ(cells.subgroups()[0].column, "cp");
  EXPECT_THAT(cells.subgroups()[0].levels, ElementsAre("typical", "atypical", "asymptomatic", "missing"));
  EXPECT_EQ(cells.subgroups()[1].first_cell, 4u);
  EXPECT_THAT(cells.subgroups()[1].levels, ElementsAre("below 45", "45 to below 65.5", "65.5 and above", "missing"));
}

TEST(SubgroupCells, EveryRowIsInOneCellOfEachColumn) {
  const SubgroupCells cells(ByPainAndAge());
  EXPECT_THAT(cells.CellsOf({44.9f, 0,    0,    200,   // typical
                             45,    1,    0,    200,   // atypical
                             65.5f, 0,    1,    200,   // asymptomatic
                             65,    0,    0,    kNan,  // another column's missing value says nothing
                             kNan,  kNan, kNan, 9}),   // both missing
              ElementsAre(0, 4, 1, 5, 2, 6, 0, 5, 3, 7));
}

TEST(SubgroupCells, AJobWithoutSubgroupsHasNone) {
  const SubgroupCells cells(testing_jobs::Binary());
  EXPECT_EQ(cells.num_cells(), 0u);
  EXPECT_THAT(cells.CellsOf({1, 2, 3, 4}), IsEmpty());
}

}  // namespace
}  // namespace accord
