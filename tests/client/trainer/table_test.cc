// How rows become examples: mapping, missing values, bounds, split, warnings.
#include <gmock/gmock.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

constexpr char kTableHeader[] = "age,pain,ill\n";

using Table = TableTest;

TEST_F(Table, NumbersAndLevelsBecomeInputColumnsInTheSchemasOrder) {
  const absl::StatusOr<JobData> data = Load(std::string(kTableHeader) + "50,typical,yes\n60,none,no\n70,atypical,no\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.input_shape, ElementsAre(3));
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 60, 0, 0, 70, 0, 1));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0, 0));
}

TEST_F(Table, CodesAreComparedAsNumbersWhereBothAreNumbers) {
  v1::ColumnMapping& pain = *mapping_.add_columns();
  pain.set_name("pain");
  pain.set_column("cp");
  for (const auto& [code, level] : {std::pair{"1", "typical"}, {"2", "atypical"}, {"4", "none"}}) {
    v1::Code& added = *pain.add_codes();
    added.set_code(code);
    added.set_level(level);
  }
  const absl::StatusOr<JobData> data = Load("age,cp,ill\n50,1.0,yes\n50,+4,no\n50,2e0,no\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 50, 0, 0, 50, 0, 1));
  EXPECT_FALSE(Load("age,cp,ill\n50,typical,yes\n").ok()) << "with codes, a level's own name is no code";
}

TEST_F(Table, UnitsAreConverted) {
  v1::ColumnMapping& age = *mapping_.add_columns();
  age.set_name("age");
  age.set_scale(0.5);
  age.set_offset(10);
  EXPECT_EQ(Load(std::string(kTableHeader) + "50,none,no\n")->train.numbers[0], 35);
}

TEST_F(Table, MissingValuesAreKeptAsSuchInEveryColumnOfTheFeature) {
  mapping_.add_missing("-9");
  const absl::StatusOr<JobData> data = Load(std::string(kTableHeader) + "?,,no\n-9.0,none,yes\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(IsNan(), IsNan(), IsNan(), IsNan(), 0, 0));
  EXPECT_EQ(report_.columns(0).missing(), 2u);
  EXPECT_EQ(report_.columns(1).missing(), 1u);
}

TEST_F(Table, AColumnCanHaveMissingTextsOfItsOwn) {
  v1::ColumnMapping& age = *mapping_.add_columns();
  age.set_name("age");
  age.add_missing("0");
  EXPECT_TRUE(std::isnan(Load(std::string(kTableHeader) + "0.0,none,no\n")->train.numbers[0]));
}

TEST_F(Table, RowsWithMissingValuesAreDroppedWhereTheMappingSaysSo) {
  mapping_.set_rows_with_missing(v1::DatasetMapping::DROP);
  EXPECT_EQ(Load(std::string(kTableHeader) + "?,none,no\n50,none,yes\n")->train.rows(), 1u);
  EXPECT_EQ(report_.dropped_rows(), 1u);
}

TEST_F(Table, ValuesOutsideTheBoundsCountAsMissingAndAreReported) {
  const absl::StatusOr<JobData> data = Load(std::string(kTableHeader) + "-1,none,no\n121,none,yes\n120,none,yes\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(IsNan(), 0, 0, IsNan(), 0, 0, 120, 0, 0));
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("'age': 2 values outside")));
}

TEST_F(Table, ARowWithoutTargetIsLeftOutAndReported) {
  EXPECT_EQ(Load(std::string(kTableHeader) + "50,none,?\n50,none,no\n")->train.rows(), 1u);
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("1 rows have no 'ill'")));
}

TEST_F(Table, OneClassOnlyIsAWarning) {
  ASSERT_TRUE(Load(std::string(kTableHeader) + "50,none,yes\n60,typical,yes\n").ok());
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("all 2 training rows have the same 'ill'")));
}

TEST_F(Table, AConstantColumnIsAWarning) {
  ASSERT_TRUE(Load(std::string(kTableHeader) + "50,none,yes\n50,typical,no\n").ok());
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("'age' has the same value")));
}

TEST_F(Table, AColumnThatIsAlwaysMissingIsAWarning) {
  ASSERT_TRUE(Load(std::string(kTableHeader) + "?,none,yes\n?,typical,no\n").ok());
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("'age' is missing in every")));
}

TEST_F(Table, FewerRowsThanColumnsIsAWarning) {
  ASSERT_TRUE(Load(std::string(kTableHeader) + "50,none,yes\n").ok());
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("too few to learn")));
}

// ---- which rows are held out ----

std::string ManyRows(int count) {
  std::string csv = kTableHeader;
  for (int i = 0; i < count; ++i) absl::StrAppend(&csv, i % 100, ",none,", i % 2 == 0 ? "no" : "yes", "\n");
  return csv;
}

TEST_F(Table, AboutTheGivenFractionIsHeldOutAndTheSameRowsEachTime) {
  mapping_.mutable_split()->set_test_fraction(0.25);
  const absl::StatusOr<JobData> first = Load(ManyRows(4000));
  const absl::StatusOr<JobData> second = Load(ManyRows(4000));
  EXPECT_NEAR(static_cast<double>(first->test.rows()), 1000, 110);  // four standard deviations
  EXPECT_EQ(first->test.numbers, second->test.numbers);
  EXPECT_EQ(first->train.rows() + first->test.rows(), 4000u);
}

TEST_F(Table, ABadRowDoesNotMoveLaterRowsBetweenTheSets) {
  mapping_.mutable_split()->set_test_fraction(0.5);
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const std::string rows = ManyRows(50);
  const absl::StatusOr<JobData> whole = Load(rows);
  std::string damaged = rows;
  damaged.replace(damaged.find("\n0,") + 1, 1, "x");
  const absl::StatusOr<JobData> left = Load(damaged);
  EXPECT_EQ(whole->train.rows() + whole->test.rows(), left->train.rows() + left->test.rows() + 1);
  EXPECT_EQ(std::vector<float>(whole->test.targets.end() - 5, whole->test.targets.end()),
            std::vector<float>(left->test.targets.end() - 5, left->test.targets.end()));
}

class SplitByFile : public TableTest {
 protected:
  void Use(const std::string& content) {
    v1::SplitFile& split = *mapping_.mutable_split()->mutable_file();
    split.set_file(Write("split.csv", content));
    split.set_where_column("centre");
    split.set_where_value("va");
  }
  const std::string rows_ = std::string(kTableHeader) + "50,none,no\n60,none,yes\nrubbish\n70,none,yes\n";
};

TEST_F(SplitByFile, LinesCountFromOneAndOnlyTheOwnCentresCount) {
  Use("centre,line,set\nva,2,train\nva,3,test\nother,2,test\nva,4,dropped\nva,5,train\n");
  const absl::StatusOr<JobData> data = Load(rows_);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.rows(), 2u);
  EXPECT_EQ(data->test.targets.size(), 1u);
}

TEST_F(SplitByFile, AFaultySplitFileIsTold) {
  for (const auto& [content, problem] : {std::pair{"line,set\n1,train\n", "column 'centre'"},
                                         {"centre,set\nva,train\n", "column 'line'"},
                                         {"centre,line,set\nva,x,train\n", "not a line number"},
                                         {"centre,line,set\nva,2,train\nva,2,test\n", "second time"},
                                         {"centre,line,set\nother,2,train\n", "names no line"},
                                         {"", "names no line"}}) {
    Use(content);
    EXPECT_THAT(std::string(Load(rows_).status().message()), HasSubstr(problem)) << content;
  }
}

}  // namespace
}  // namespace accord
