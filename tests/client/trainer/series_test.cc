// Series from arrays and from tables: what they become, and what is refused without telling a value.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "tests/client/trainer/npy_files.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SeriesData : public TableTest {
 protected:
  SeriesData() {
    schema_.clear_features();
    v1::Series& series = *schema_.mutable_series();
    series.add_channels("I");
    series.add_channels("II");
    series.set_length(2);
    series.set_min(-5);
    series.set_max(5);
  }
};

class NpySeries : public SeriesData {
 protected:
  NpySeries() {
    mapping_.mutable_npy()->set_array(Write("a.npy", Npy<float>("<f4", "(2, 2, 2)", {1, 2, 3, 4, -1, -2, -3, -4})));
    mapping_.mutable_npy()->set_labels(Write("labels.csv", "id,ill\na,yes\nb,no\n"));
  }
};

TEST_F(NpySeries, AreHandedToTheModelAsTheyAre) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.input_shape, ElementsAre(2, 2));
  EXPECT_THAT(data->train.numbers, ElementsAre(1, 2, 3, 4, -1, -2, -3, -4));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0));
  EXPECT_TRUE(Inspect().ok());
}

TEST_F(NpySeries, OfAnotherUnitAreConverted) {
  Write("a.npy", Npy<int16_t>("<i2", "(2, 2, 2)", {1000, 2000, 0, 0, 0, 0, 0, -1000}));
  mapping_.mutable_npy()->set_scale(0.001);
  mapping_.mutable_npy()->set_offset(1);
  EXPECT_THAT(Load()->train.numbers, ElementsAre(2, 3, 1, 1, 1, 1, 1, 0));
}

TEST_F(NpySeries, OfOneChannelNeedNoDimensionForIt) {
  schema_.mutable_series()->mutable_channels()->RemoveLast();
  Write("a.npy", Npy<float>("<f4", "(2, 2)", {1, 2, 3, 4}));
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.input_shape, ElementsAre(1, 2));
}

TEST_F(NpySeries, OfPersonsWhoOptedOutAreNotRead) {
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "a\n");
  EXPECT_THAT(Load()->train.numbers, ElementsAre(-1, -2, -3, -4));
}

struct BadArray {
  const char* name;
  std::string file;
  const char* problem;
};

TEST_F(NpySeries, BadArraysAreRefusedWithTheirPlaceAndWithoutTheirValues) {
  const std::string whole = Npy<float>("<f4", "(2, 2, 2)", {1, 2, 3, 4, 1, 2, 3, 4});
  const double infinite = std::numeric_limits<double>::infinity();
  for (const BadArray& bad : std::vector<BadArray>{
           {"shape", Npy<float>("<f4", "(2, 1, 4)", {1, 2, 3, 4, 1, 2, 3, 4}),
            "a.npy has rows of shape (1, 4); the job's schema says series of (2, 2)"},
           {"flat", Npy<float>("<f4", "(2, 4)", {1, 2, 3, 4, 1, 2, 3, 4}), "has rows of shape (4)"},
           {"type", NpyOf("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 2, 2), }", std::string(64, '\0')),
            "another type than u1, <i2, <i4, <f4 or <f8"},
           {"cut off", whole.substr(0, whole.size() - 1), "a.npy is not a NumPy array as expected"},
           {"empty", "", "a.npy is not a NumPy array as expected"},
           {"rows", Npy<float>("<f4", "(1, 2, 2)", {1, 2, 3, 4}), "does not have as many rows as the array"},
           {"not a number", Npy<double>("<f8", "(2, 2, 2)", {1, 2, 3, NAN, 1, 2, 3, 4}),
            "line 2: its series holds a number that is not finite"},
           {"infinite", Npy<double>("<f8", "(2, 2, 2)", {1, 2, 3, 4, 1, 2, infinite, 4}), "line 3: its series holds"},
           {"unit", Npy<double>("<f8", "(2, 2, 2)", {1, 2, 3, 4, 1, 2, 3, 777.5}),
            "line 3: its series holds a number outside the schema's bounds (is the unit right?"}}) {
    Write("a.npy", bad.file);
    const std::string problem = Problem();
    EXPECT_THAT(problem, HasSubstr(bad.problem)) << bad.name;
    EXPECT_THAT(problem, Not(HasSubstr("777"))) << bad.name;
  }
}

TEST_F(NpySeries, BadRowsAreLeftOutWhereTheMappingSaysSo) {
  Write("a.npy", Npy<double>("<f8", "(2, 2, 2)", {1, 2, 3, NAN, 1, 2, 3, 4}));
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  EXPECT_THAT(Load()->train.numbers, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(report_.num_faults(), 1u);
}

class TableSeries : public SeriesData {};

TEST_F(TableSeries, HaveAColumnForEachMeasurement) {
  const absl::StatusOr<JobData> data = Load("II_2,II_1,I_1,I_2,ill\n4,3,1,2,yes\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data->train.input_shape, ElementsAre(2, 2));
}

TEST_F(TableSeries, WhatTheMappingSaysOfAChannelHoldsForAllItsMeasurements) {
  v1::ColumnMapping& channel = *mapping_.add_columns();
  channel.set_name("II");
  channel.set_column("lead two");
  channel.set_scale(0.5);
  EXPECT_THAT(Load("I_1,I_2,lead two_1,lead two_2,ill\n1,2,3,4,yes\n")->train.numbers, ElementsAre(1, 2, 1.5, 2));
}

TEST_F(TableSeries, BadTablesAreRefusedWithTheirPlaceAndWithoutTheirValues) {
  const std::string head = "I_1,I_2,II_1,II_2,ill\n";
  for (const auto& [table, problem] : std::vector<std::pair<std::string, const char*>>{
           {"I_1,I_2,II_1,ill\n1,2,3,yes\n", "line 1, column 'II_2': no such column"},
           {head + "1,2,3,4,yes\n1,,3,4,no\n", "line 3, column 'I_2': missing, or outside the schema's bounds"},
           {head + "1,2,3,777,yes\n", "line 2, column 'II_2': missing, or outside the schema's bounds"},
           {head + "1,2,777x,4,yes\n", "line 2, column 'II_1': not a number"},
           {head + "1,2,3,yes\n", "line 2: 4 fields instead of 5"},
           {head + "1,2,3,4,perhaps\n", "line 2, column 'ill': undeclared level"}}) {
    EXPECT_THAT(std::string(Load(table).status().message()), HasSubstr(problem));
    EXPECT_THAT(Problem(), Not(HasSubstr("777")));
  }
}

TEST_F(TableSeries, AnotherKindOfSourceIsRefused) {
  mapping_.mutable_image_folder()->set_folder(folder_);
  EXPECT_THAT(Problem(), HasSubstr("image_folder: holds no series"));
}

}  // namespace
}  // namespace accord
