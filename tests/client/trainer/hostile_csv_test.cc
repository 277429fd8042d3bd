// CSV files as they come from hospitals, and worse: each does what a person would expect, and none trains on rubbish.
#include <gmock/gmock.h>

#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHeader[] = "age,pain,ill\n";

struct HostileFile {
  const char* name;
  std::string content;
  std::string expected;  // in the message; empty: the file is fine
  uint64_t rows = 0;     // for training, where it is fine
};

// Every value that must not be told contains this.
constexpr char kSecret[] = "4711";

std::vector<HostileFile> HostileFiles() {
  const std::string header = kHeader;
  const std::string row = "50,none,no\n";
  return {
      {"PlainFile", header + row + row, "", 2},
      {"ByteOrderMark", "\xEF\xBB\xBF" + header + row, "", 1},
      {"WindowsLineEnds", "age,pain,ill\r\n50,none,no\r\n", "", 1},
      {"NoLineEndAtTheEnd", header + "50,none,no", "", 1},
      {"BlankLines", header + "\n" + row + "\n\n" + row, "", 2},
      {"QuotedFields", header + "\"50\",\"none\",\"no\"\n", "", 1},
      {"LineEndInQuotes", "age,pain,ill,note\n50,none,no,\"a\nb, \"\"c\"\"\"\n51,none,no,\n", "", 2},
      {"BlanksAroundFields", header + " 50 , none ,\tno\n", "", 1},
      {"OtherColumnsAndOrder", "id,ill,age,pain\n4711,no,50,none\n", "", 1},
      {"Umlauts", "age,pain,ill,größe\n50,none,no,zürich\n", "", 1},
      {"CodesAsOtherNumbers", header + "5.0e1,none,no\n", "", 1},
      {"Empty", "", "no rows"},
      {"HeaderOnly", header, "no rows"},
      {"OnlyBlankLines", "\n\n\n", "no rows"},
      {"MissingColumn", "age,ill\n50,no\n", "column 'pain': no such column"},
      {"NoHeader", "4711,none,no\n50,none,no\n", "no such column"},
      {"ColumnTwice", "age,age,pain,ill\n4711,50,none,no\n", "column 'age': the header has this column twice"},
      {"Latin1", header + "50,m\xE4\xDFig,no\n", "not UTF-8"},
      {"Utf16",
       std::string("\xFF\xFE"
                   "a\0g\0e\0",
                   8),
       "zero byte"},
      {"OverlongUtf8", header + "50,\xC0\xAF,no\n", "not UTF-8"},
      {"ZeroByte", header + std::string("50,no\0ne,no\n", 11), "line 2: a zero byte"},
      {"TooFewFields", header + row + "4711,none\n", "line 3: 2 fields instead of 3"},
      {"TooManyFields", header + "4711,none,no,1\n", "line 2: 4 fields instead of 3"},
      {"NotANumber", header + row + "4711x,none,no\n", "line 3, column 'age': not a number"},
      {"DecimalComma", header + "\"4711,5\",none,no\n", "column 'age': not a number"},
      {"NumberThatIsNone", header + "nan,none,no\n", "column 'age': not a number"},
      {"InfiniteNumber", header + "inf,none,no\n", "column 'age': not a number"},
      {"HexadecimalNumber", header + "0x4711,none,no\n", "column 'age': not a number"},
      {"UndeclaredLevel", header + "50,level 4711,no\n", "line 2, column 'pain': undeclared level"},
      {"UndeclaredTarget", header + "50,none,4711\n", "line 2, column 'ill': undeclared level"},
      {"StrayQuote", header + "50,no\"4711,no\n", "line 2: a quotation mark"},
      {"UnclosedQuote", header + row + "\"50,none,no\n51,none,no\n", "line 3: a quotation mark is never closed"},
      {"LongField", header + "50,\"" + std::string(100'000, 'x') + "\",no\n", "line 2: a field is too long"},
      {"LongLine", header + std::string(6 << 20, 'x'), "line 2: the line is longer"},
      {"ManyFields", header + std::string(70'000, ',') + "\n", "line 2: a row has too many fields"},
      {"BinaryFile",
       std::string("\x7f"
                   "ELF\x02\x01\x01\0\0\0",
                   10),
       "zero byte"},
      {"EveryTargetMissing", header + "50,none,?\n", "can be used for training"},
  };
}

class HostileCsv : public TableTest, public ::testing::WithParamInterface<HostileFile> {};

TEST_P(HostileCsv, DoesWhatAPersonExpects) {
  const absl::StatusOr<JobData> data = Load(GetParam().content);
  if (GetParam().expected.empty()) {
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->train.rows(), GetParam().rows);
    EXPECT_EQ(data->train.numbers.size(), 3 * GetParam().rows);
    return;
  }
  EXPECT_EQ(data.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(data.status().message()), AllOf(HasSubstr(GetParam().expected), Not(HasSubstr(kSecret))));
  EXPECT_THAT(report_.ShortDebugString(), Not(HasSubstr(kSecret)));
}

INSTANTIATE_TEST_SUITE_P(Files, HostileCsv, ::testing::ValuesIn(HostileFiles()),
                         [](const auto& info) { return std::string(info.param.name); });

using Csv = TableTest;

TEST_F(Csv, AFileLargerThanAllowedIsNotRead) {
  max_bytes_ = 10;
  EXPECT_EQ(Load(std::string(kHeader) + "50,none,no\n").status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(Csv, AnAbsentFileIsTold) {
  mapping_.mutable_csv()->set_file(folder_ + "/absent.csv");
  EXPECT_EQ(Load("").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(Csv, AFolderIsNoFile) {
  mapping_.mutable_csv()->set_file(folder_);
  EXPECT_EQ(Load("").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Csv, AHeaderLineBesidesADeclaredHeaderIsTold) {
  for (const char* name : {"age", "pain", "ill"}) mapping_.mutable_csv()->add_header(name);
  EXPECT_THAT(std::string(Load(kHeader).status().message()), HasSubstr("header line"));
  EXPECT_TRUE(Load("50,none,no\n").ok());
}

TEST_F(Csv, AnotherDelimiterIsUsed) {
  mapping_.mutable_csv()->set_delimiter(";");
  EXPECT_TRUE(Load("age;pain;ill\n50;none;no\n").ok());
}

TEST_F(Csv, EveryBadRowIsListedUpToAThousandAndAllAreCounted) {
  std::string csv = kHeader;
  for (int i = 0; i < 1500; ++i) csv += "x,none,no\n";
  EXPECT_FALSE(Load(csv).ok());
  EXPECT_EQ(report_.num_faults(), 1500u);
  ASSERT_EQ(report_.faults_size(), 1000);
  EXPECT_EQ(report_.faults(999).line(), 1001u);
}

TEST_F(Csv, AllThatIsWrongWithARowIsToldAtOnce) {
  EXPECT_FALSE(Load(std::string(kHeader) + "x,y,z\n").ok());
  EXPECT_EQ(report_.num_faults(), 3u);
}

TEST_F(Csv, BadRowsAreLeftOutWhereTheMappingSaysSo) {
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const absl::StatusOr<JobData> data = Load(std::string(kHeader) + "x,none,no\n50,none,no\n1,2\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.rows(), 1u);
  EXPECT_EQ(report_.num_faults(), 2u);
}

TEST_F(Csv, BrokenTextIsNotLeftOutButRefused) {
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  EXPECT_FALSE(Load(std::string(kHeader) + "50,none,no\n50,\xFF,no\n").ok());
}

}  // namespace
}  // namespace accord
