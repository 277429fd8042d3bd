// Rows of a regression by newton: complete ones alone, in double, none held out.
#include <gmock/gmock.h>

#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RegressionRowsOfTable : public TableTest {
 protected:
  RegressionRowsOfTable() { mapping_.mutable_split()->set_test_fraction(0.5); }

  absl::StatusOr<JobData> LoadRegression(const std::string& csv) {
    Write("rows.csv", csv);
    report_.Clear();
    DataRequest request = Request();
    request.regression = &model_;
    return LoadJobData(request, report_);
  }

  v1::ModelSpec model_;
};

TEST_F(RegressionRowsOfTable, AreAllCompleteOnesInDoubleAndTheOthersAreCounted) {
  model_.mutable_logistic_regression();
  mapping_.set_rows_with_missing(v1::DatasetMapping::KEEP);
  const auto data =
      LoadRegression("age,pain,ill\n0.1,typical,no\n?,none,yes\n50,atypical,yes\n60,none,?\n999,none,no\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->regression.inputs, ElementsAre(0.1, 1, 0, 50, 0, 1));
  EXPECT_THAT(data->regression.targets, ElementsAre(0, 1));
  EXPECT_EQ(data->regression.incomplete, 3u);
  EXPECT_EQ(data->train.rows() + data->test.rows(), 0u);
  EXPECT_EQ(report_.train_rows(), 2u);
  EXPECT_THAT(report_.warnings(), testing::Contains(HasSubstr("3 training rows lack a value")));
}

TEST_F(RegressionRowsOfTable, HaveTimesAndEvents) {
  model_.mutable_cox();
  schema_.mutable_target()->set_name("days");
  v1::Survival& survival = *schema_.mutable_target()->mutable_survival();
  survival.set_max(1000);
  survival.mutable_event()->set_name("died");
  for (const char* level : {"alive", "dead"}) survival.mutable_event()->mutable_category()->add_levels(level);
  const auto data =
      LoadRegression("age,pain,days,died\n40,none,12.5,dead\n41,none,1001,dead\n42,none,0,alive\n43,none,7,?\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->regression.targets, ElementsAre(12.5, 0));
  EXPECT_THAT(data->regression.events, ElementsAre(1, 0));
  EXPECT_EQ(data->regression.incomplete, 2u);
  EXPECT_THAT(LoadRegression("age,pain,days\n40,none,12\n").status().message(), HasSubstr("died"));
}

TEST_F(RegressionRowsOfTable, HaveTheExposuresOfCounts) {
  v1::Exposure& exposure = *model_.mutable_poisson_regression()->mutable_exposure();
  exposure.set_name("years");
  exposure.set_min(0.1);
  exposure.set_max(20);
  schema_.mutable_target()->mutable_numeric()->set_max(100);
  const auto data = LoadRegression("age,pain,ill,years\n40,none,3,2.5\n41,none,1,0\n42,none,2,1\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->regression.targets, ElementsAre(3, 2));
  EXPECT_THAT(data->regression.exposures, ElementsAre(2.5, 1));
  EXPECT_EQ(data->regression.incomplete, 1u);
}

TEST_F(RegressionRowsOfTable, OfPersonsWhoOptedOutAreNeitherUsedNorCounted) {
  model_.mutable_logistic_regression();
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "berta\ndora\n");
  const auto data =
      LoadRegression("id,age,pain,ill\nanna,40,none,no\nberta,50,none,yes\ncarla,60,none,yes\ndora,?,none,no\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->regression.inputs, ElementsAre(40, 0, 0, 60, 0, 0));
  EXPECT_THAT(data->regression.targets, ElementsAre(0, 1));
  EXPECT_EQ(data->regression.incomplete, 0u);
  EXPECT_EQ(report_.rows(), 2u);
  EXPECT_EQ(report_.opted_out_rows(), 2u);
}

TEST_F(RegressionRowsOfTable, WithoutAPersonAreBadAndNotIncomplete) {
  model_.mutable_logistic_regression();
  mapping_.set_person_id("id");
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  opt_out_list_ = Write("opt-out.txt", "berta\n");
  const auto data = LoadRegression("id,age,pain,ill\nanna,40,none,no\n?,?,none,yes\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->regression.targets, ElementsAre(0));
  EXPECT_EQ(data->regression.incomplete, 0u);
  EXPECT_EQ(report_.num_faults(), 1u);
}

}  // namespace
}  // namespace accord
