// Persons who opted out: their rows are as if they were not there, and whatever is unclear stops everything.
#include "client/trainer/data/opt_out.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kRows[] =
    "id,age,pain,ill\nanna,50,none,no\nberta,60,typical,yes\ncarla,70,none,no\nberta,61,none,yes\n";

class OptOut : public TableTest {
 protected:
  OptOut() {
    mapping_.set_person_id("id");
    Write("rows.csv", kRows);
    List("berta\n");
  }
  void List(const std::string& content) { opt_out_list_ = Write("opt-out.txt", content); }
};

TEST_F(OptOut, RowsOfAListedPersonAreNotUsedAndNotCounted) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 0, 0, 70, 0, 0));
  EXPECT_EQ(report_.rows(), 2u);
  EXPECT_EQ(report_.train_rows(), 2u);
}

TEST_F(OptOut, TheOperatorIsToldHowManyRowsOfHowManyPersons) {
  List("berta\nnobody\n");
  ASSERT_TRUE(Load().ok());
  EXPECT_TRUE(report_.opt_out_applied());
  EXPECT_EQ(report_.opted_out_rows(), 2u);
  EXPECT_EQ(report_.opted_out_persons(), 1u);
  EXPECT_EQ(report_.opt_out_listed(), 2u);
  ASSERT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.opted_out_rows(), 2u);
  EXPECT_EQ(report_.rows(), 2u);
}

TEST_F(OptOut, WhatIsWrongInTheirRowsIsNobodysBusiness) {
  Write("rows.csv", "id,age,pain,ill\nanna,50,none,no\nberta,sixty,unheard of,maybe\nberta\n");
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.num_faults(), 0u);
  ASSERT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.num_faults(), 0u);
}

TEST_F(OptOut, NobodyElseMovesBetweenTheSetsWhenAPersonOptsOut) {
  mapping_.mutable_split()->set_test_fraction(0.5);
  std::string rows = "id,age,pain,ill\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&rows, "p", i, ",", i, ",none,", i % 2 == 0 ? "no" : "yes", "\n");
  List("\n");
  const absl::StatusOr<JobData> before = Load(rows);
  ASSERT_TRUE(before.ok()) << before.status();
  std::vector<float> expected;
  for (size_t i = 0; i < before->train.rows(); ++i) {
    if (before->train.numbers[3 * i] != 7) expected.push_back(before->train.numbers[3 * i]);
  }
  List("p7\n");
  const absl::StatusOr<JobData> after = Load(rows);
  std::vector<float> found;
  for (size_t i = 0; i < after->train.rows(); ++i) found.push_back(after->train.numbers[3 * i]);
  EXPECT_EQ(found, expected);
}

TEST_F(OptOut, IdentifiersAreComparedAsNumbersWhereBothAreWhole) {
  EXPECT_EQ(ComparablePersonId(" 007 "), "7");
  EXPECT_EQ(ComparablePersonId("7.0"), "7");
  EXPECT_EQ(ComparablePersonId("7."), "7");
  EXPECT_EQ(ComparablePersonId("000"), "0");
  EXPECT_EQ(ComparablePersonId("7.5"), "7.5");
  EXPECT_EQ(ComparablePersonId("-7"), "-7");
  EXPECT_EQ(ComparablePersonId("ch-007"), "ch-007");
  EXPECT_NE(ComparablePersonId("9007199254740993"), ComparablePersonId("9007199254740992")) << "nothing is rounded";
}

TEST_F(OptOut, AListFromAnyEditorIsRead) {
  List("\xEF\xBB\xBF  anna \r\n\r\nberta");
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.rows(), 1u);
  EXPECT_EQ(report_.opt_out_listed(), 2u);
}

TEST_F(OptOut, AnEmptyListLeavesNobodyOut) {
  List("");
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.rows(), 4u);
}

TEST_F(OptOut, AListThatMatchesNobodyIsAWarning) {
  List("BERTA\n");
  ASSERT_TRUE(Load().ok());
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("no row is of a person on the opt-out list")));
}

TEST_F(OptOut, WithoutAListTheColumnIsOnlyLookedFor) {
  opt_out_list_.clear();
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.rows(), 4u);
  EXPECT_FALSE(report_.opt_out_applied());
  mapping_.set_person_id("nobody");
  EXPECT_THAT(Problem(), HasSubstr("column 'nobody': no such column"));
}

TEST_F(OptOut, RowsAboutNobodyAreNotHeldAgainstTheList) {
  mapping_.clear_person_id();
  mapping_.set_no_persons(true);
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.rows(), 4u);
  EXPECT_FALSE(report_.opt_out_applied());
  EXPECT_TRUE(report_.no_persons());
}

// ---- fails closed ----

TEST_F(OptOut, AListThatIsNotThereStopsEverything) {
  opt_out_list_ = folder_ + "/absent.txt";
  EXPECT_THAT(Problem(), HasSubstr("the opt-out list: cannot open"));
  EXPECT_FALSE(Inspect().ok());
  opt_out_list_ = folder_;
  EXPECT_THAT(Problem(), HasSubstr("is not a file"));
}

TEST_F(OptOut, EveryLineThatIsNoIdentifierIsToldWithoutItsContent) {
  List("anna\nberta,smith\n\xff\xfe\n\"carla\"\n" + std::string(2000, 'x') + "\n");
  EXPECT_FALSE(Load().ok());
  ASSERT_EQ(report_.faults_size(), 4);
  EXPECT_EQ(report_.faults(0).line(), 2u);
  EXPECT_EQ(report_.faults(0).place(), v1::DataFault::OPT_OUT_LIST);
  EXPECT_THAT(report_.faults(0).problem(), HasSubstr("one identifier a line"));
  EXPECT_EQ(report_.faults(1).line(), 3u);
  EXPECT_THAT(report_.ShortDebugString(), Not(HasSubstr("berta")));
  ASSERT_TRUE(Inspect().ok()) << "the check goes on to list them";
  EXPECT_EQ(report_.faults_size(), 4);
}

TEST_F(OptOut, WhatLeavesTheSiteDoesNotTellOfTheListsLength) {
  List("anna\nberta,smith\n");
  EXPECT_THAT(Problem(), AllOf(HasSubstr("the opt-out list: a separator"), Not(HasSubstr("2"))));
  List("anna\nberta\ncarla\n");
  EXPECT_EQ(Problem(), "the data set has no rows");
  EXPECT_EQ(report_.opted_out_rows(), 4u);
}

TEST_F(OptOut, AMappingThatDoesNotSayWhoseARowIsIsRefused) {
  mapping_.clear_person_id();
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Problem(), HasSubstr("set person_id"));
  EXPECT_EQ(Inspect().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(OptOut, AMissingColumnIsFatal) {
  mapping_.set_person_id("patient");
  EXPECT_THAT(Problem(), HasSubstr("column 'patient': no such column"));
  mapping_.set_person_id("id");
  EXPECT_THAT(std::string(Load("id,id,age,pain,ill\n1,2,50,none,no\n").status().message()),
              HasSubstr("column 'id': the header has this column twice"));
}

TEST_F(OptOut, ARowOfAnUnknownPersonIsNeverUsed) {
  Write("rows.csv", "id,age,pain,ill\nanna,50,none,no\n,60,none,yes\n?,61,none,yes\n");
  EXPECT_THAT(Problem(), HasSubstr("line 3, column 'id': does not say whose row it is"));
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.targets, ElementsAre(0));
  EXPECT_EQ(report_.num_faults(), 2u);
}

// As a column of type real is written: the list's 1234567 would never be found in it.
TEST_F(OptOut, ANumberThatWasRoundedNamesNobody) {
  List("1234567\n");
  for (const char* id : {"1.234567e+06", "1E+06", "-1.5e-07"}) {
    Write("rows.csv", absl::StrCat("id,age,pain,ill\n7E4,50,none,no\n", id, ",60,none,yes\n"));
    EXPECT_THAT(Problem(), HasSubstr("line 3, column 'id': does not say whose row it is")) << id;
  }
  Write("rows.csv", kRows);
  List("berta\n1.234567E+06\n");
  EXPECT_FALSE(Load().ok());
}

TEST_F(OptOut, AnIdxFileCannotSayWhoseAnImageIs) {
  schema_.clear_features();
  schema_.mutable_image()->set_height(2);
  mapping_.clear_person_id();
  mapping_.mutable_idx()->set_images(folder_ + "/images");
  EXPECT_THAT(Problem(), HasSubstr("set person_id"));
}

}  // namespace
}  // namespace accord
