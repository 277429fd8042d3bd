// NumPy arrays with a label table: as tables, as images, and damaged.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "client/trainer/data/npy_file.h"
#include "tests/bad_inputs/bad_inputs.h"
#include "tests/client/trainer/npy_files.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(NpyHeader, TakesWhatNumPyWrites) {
  const auto header = ParseNpyHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }           \n");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->type, NpyType::kFloat32);
  EXPECT_THAT(header->shape, ElementsAre(3, 4));
  EXPECT_THAT(ParseNpyHeader("{\"shape\":(7,),\"descr\":\"|u1\",\"fortran_order\":False}")->shape, ElementsAre(7));
}

TEST(NpyHeader, EachBadHeaderIsRefusedInItsWords) {
  const std::vector<BadInput> headers = BadInputs("npy_headers", "expected: ");
  ASSERT_GE(headers.size(), 15u);
  for (const BadInput& header : headers) {
    EXPECT_THAT(std::string(ParseNpyHeader(header.content).status().message()), HasSubstr(header.expected))
        << header.name;
  }
}

class NpyTable : public TableTest {
 protected:
  NpyTable() {
    v1::NpySource& npy = *mapping_.mutable_npy();
    npy.set_array(Write("a.npy", Npy<float>("<f4", "(3, 1)", {50, 60.5f, 70})));
    npy.set_labels(Write("labels.csv", "id,pain,ill\na,typical,yes\nb,none,no\nc,none,no\n"));
    npy.add_header("age");
  }
};

TEST_F(NpyTable, ColumnsOfTheArrayStandBesideThoseOfTheLabelTable) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 60.5, 0, 0, 70, 0, 0));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0, 0));
  EXPECT_TRUE(Inspect().ok());
}

TEST_F(NpyTable, EveryTypeIsRead) {
  const std::string& path = mapping_.npy().array();
  for (const std::string& file :
       {Npy<uint8_t>("|u1", "(3, 1)", {50, 60, 70}), Npy<int16_t>("<i2", "(3, 1)", {50, 60, 70}),
        Npy<int32_t>("<i4", "(3, 1)", {50, 60, 70}), Npy<double>("<f8", "(3, 1)", {50, 60, 70}),
        NpyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1), }", "2<F", 2)}) {
    Write("a.npy", file);
    const absl::StatusOr<JobData> data = Load();
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 60, 0, 0, 70, 0, 0));
  }
  EXPECT_EQ(NpyFile::Open(path, 1 << 20)->num_rows(), 3u);
}

TEST_F(NpyTable, NanIsMissingAndInfinityIsAFault) {
  Write("a.npy", Npy<double>("<f8", "(3, 1)", {kNan, 60, 70}));
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers[0], IsNan());
  EXPECT_EQ(report_.columns(0).missing(), 1u);
  Write("a.npy", Npy<double>("<f8", "(3, 1)", {50, HUGE_VAL, 70}));
  EXPECT_THAT(Problem(), HasSubstr("line 3, column 'age': not a finite number"));
}

TEST_F(NpyTable, CodesAreComparedAsNumbers) {
  v1::ColumnMapping& pain = *mapping_.add_columns();
  pain.set_name("pain");
  pain.set_column("age");
  v1::Code& code = *pain.add_codes();
  code.set_code("50");
  code.set_level("typical");
  EXPECT_THAT(Problem(), HasSubstr("undeclared level"));
  EXPECT_EQ(report_.num_faults(), 2u);
}

TEST_F(NpyTable, PersonsWhoOptedOutAreLeftOut) {
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "b\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 70, 0, 0));
}

TEST_F(NpyTable, ArrayAndLabelTableHaveTheSameNumberOfRows) {
  Write("labels.csv", "id,pain,ill\na,typical,yes\nb,none,no\n");
  EXPECT_THAT(Problem(), HasSubstr("the label table ends before the array does"));
  Write("labels.csv", "id,pain,ill\na,typical,yes\nb,none,no\nc,none,no\nd,none,no\n");
  EXPECT_THAT(Problem(), HasSubstr("the label table has more rows than the array"));
}

TEST_F(NpyTable, TheHeaderNamesEachColumn) {
  mapping_.mutable_npy()->add_header("weight");
  EXPECT_THAT(Problem(), HasSubstr("a column for each of the 2 names in npy.header"));
}

TEST_F(NpyTable, DamagedFilesAreRefusedBeforeAnythingIsAllocated) {
  const std::string whole = Npy<float>("<f4", "(3, 1)", {50, 60, 70});
  const auto announcing = [](const std::string& shape) { return Npy<float>("<f4", shape, {1, 2, 3}); };
  for (const std::string& file : {std::string(), std::string("\x93NUMP"), std::string("PK\3\4 an archive of arrays"),
                                  whole.substr(0, 9), whole.substr(0, 40), whole.substr(0, whole.size() - 1),
                                  whole + "x", announcing("(2, 1)"), announcing("(4294967295, 4294967295)"),
                                  announcing("(3, 0)"), announcing("(9223372036854775807, 2)"), NpyOf("{}", "", 9)}) {
    Write("a.npy", file);
    EXPECT_THAT(Problem(), HasSubstr("is not a NumPy array as expected")) << file.size();
  }
}

TEST_F(NpyTable, LengthsWhoseProductWrapsToTheFilesSizeAreRefused) {
  // (2^32 + 1)^2 = 2^64 + 2^33 + 1; the file is sparse.
  const std::string header = Npy<uint8_t>("|u1", "(1, 4294967297, 4294967297)", {});
  const std::string path = Write("wide.npy", header);
  std::filesystem::resize_file(path, header.size() + (uint64_t{1} << 33) + 1);
  const auto opened = NpyFile::Open(path, std::numeric_limits<uint64_t>::max());
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.status().message(), HasSubstr("not as long as the shape in its header says"));
}

class NpyImages : public TableTest {
 protected:
  NpyImages() {
    schema_.clear_features();
    schema_.mutable_image()->set_channels(1);
    schema_.mutable_image()->set_height(1);
    schema_.mutable_image()->set_width(2);
    mapping_.mutable_npy()->set_array(Write("a.npy", Npy<uint8_t>("|u1", "(3, 1, 2)", {1, 2, 3, 4, 5, 6})));
    mapping_.mutable_npy()->set_labels(Write("labels.csv", "id,ill\na,yes\nb,no\nc,no\n"));
  }
};

TEST_F(NpyImages, OfBytesAreKeptAsBytes) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.input_shape, ElementsAre(1, 1, 2));
  EXPECT_THAT(data->train.bytes, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0, 0));
  EXPECT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.rows(), 3u);
}

TEST_F(NpyImages, OfOtherNumbersAreScaledAsTheMappingSays) {
  Write("a.npy", Npy<int16_t>("<i2", "(3, 1, 1, 2)", {-1000, 0, 1000, 2000, 0, 0}));
  mapping_.mutable_npy()->set_scale(0.001);
  mapping_.mutable_npy()->set_offset(1);
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(0, 1, 2, 3, 1, 1));
  EXPECT_TRUE(data->train.bytes.empty());
}

TEST_F(NpyImages, APixelThatIsNoNumberMakesABadRow) {
  Write("a.npy", Npy<double>("<f8", "(3, 1, 2)", {1, 2, kNan, 4, 1e300, 6}));
  EXPECT_THAT(Problem(), HasSubstr("line 3: its image holds a number that is not finite"));
  EXPECT_EQ(report_.num_faults(), 2u) << "1e300 is no number of the model's";
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  EXPECT_EQ(Load()->train.rows(), 1u);
}

TEST_F(NpyImages, OfAnotherShapeAreRefused) {
  schema_.mutable_image()->set_width(3);
  EXPECT_THAT(Problem(), HasSubstr("does not hold images of 1 channels, 1 rows and 3 columns"));
}

TEST_F(NpyImages, HaveALabelEach) {
  Write("labels.csv", "id,ill\na,yes\nb,no\n");
  EXPECT_THAT(Problem(), HasSubstr("does not have as many rows as the array"));
  Inspect().IgnoreError();
  EXPECT_EQ(report_.num_faults(), 1u);
}

TEST_F(NpyImages, AnUndeclaredLabelIsABadRowAndAMissingOneIsCounted) {
  Write("labels.csv", "id,ill\na,perhaps\nb,?\nc,no\n");
  EXPECT_THAT(Problem(), HasSubstr("line 2, column 'ill': undeclared level"));
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.bytes, ElementsAre(5, 6));
}

TEST_F(NpyImages, OfPersonsWhoOptedOutAreNotRead) {
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "a\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.bytes, ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(report_.rows(), 2u);
  EXPECT_EQ(report_.opted_out_rows(), 1u);
}

TEST_F(NpyImages, ASplitFileCountsLinesOfTheLabelTable) {
  mapping_.mutable_split()->mutable_file()->set_file(Write("split.csv", "line,set\n2,test\n3,unused\n4,train\n"));
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->test.bytes, ElementsAre(1, 2));
  EXPECT_THAT(data->train.bytes, ElementsAre(5, 6));
}

}  // namespace
}  // namespace accord
