// Rows that a reader hands over are treated as those of every other table.
#include "client/trainer/data/database_rows.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>

#include "base/file.h"
#include "client/ipc/row_stream.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

StreamField Text(absl::string_view text) { return {v1::RowBlock::TEXT, text}; }
StreamField Of(v1::RowBlock::FieldClass kind) { return {kind, {}}; }

class DatabaseRows : public TableTest {
 protected:
  DatabaseRows() { mapping_.mutable_postgresql(); }

  absl::StatusOr<JobData> Read(const std::function<absl::Status(RowWriter& writer)>& write) {
    report_.Clear();
    const UniqueFd rows = Written(write);
    DataRequest request = Request();
    request.rows_fd = rows.get();
    return LoadJobData(request, report_);
  }
  absl::Status InspectRows(const std::function<absl::Status(RowWriter& writer)>& write) {
    report_.Clear();
    const UniqueFd rows = Written(write);
    DataRequest request = Request();
    request.rows_fd = rows.get();
    return InspectData(request, report_);
  }

 private:
  static UniqueFd Written(const std::function<absl::Status(RowWriter& writer)>& write) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd out(ends[1]);
    RowWriter writer(out.get());
    EXPECT_TRUE(writer.Begin({"id", "age", "pain", "ill"}, {"postgresql.user may do more"}).ok());
    EXPECT_TRUE(write(writer).ok());
    return UniqueFd(ends[0]);
  }
};

absl::Status ThreePatients(RowWriter& writer) {
  for (const auto& row : {std::vector<StreamField>{Text("1"), Text("50"), Text("typical"), Text("yes")},
                          {Text("2"), Text("60.5"), Text("none"), Text("no")},
                          {Text("3"), Text("70"), Text(" none "), Text("no")}}) {
    if (const absl::Status sent = writer.Add(row); !sent.ok()) return sent;
  }
  return writer.End();
}

TEST_F(DatabaseRows, AreThoseOfTheSameTableInAFile) {
  const absl::StatusOr<JobData> data = Read(ThreePatients);
  ASSERT_TRUE(data.ok()) << data.status();
  mapping_.mutable_csv()->set_file(folder_ + "/rows.csv");
  const absl::StatusOr<JobData> file = Load("id,age,pain,ill\n1,50,typical,yes\n2,60.5,none,no\n3,70, none ,no\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(data->train.numbers, file->train.numbers);
  EXPECT_EQ(data->train.targets, file->train.targets);
}

TEST_F(DatabaseRows, NullIsAMissingValueAndOtherTypesAreFaultsWhereTheyAreRead) {
  const absl::StatusOr<JobData> data = Read([](RowWriter& writer) {
    (void)writer.Add({Of(v1::RowBlock::BYTES), Of(v1::RowBlock::NULL_VALUE), Text("none"), Text("no")});
    (void)writer.Add({Of(v1::RowBlock::OTHER_TYPE), Text("?"), Text("none"), Text("yes")});
    return writer.End();
  });
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers[0], IsNan());
  EXPECT_EQ(report_.columns(0).missing(), 2u);
  const absl::Status status =
      Read([](RowWriter& writer) {
        (void)writer.Add({Text("1"), Of(v1::RowBlock::BYTES), Text("none"), Text("no")});
        (void)writer.Add({Text("2"), Of(v1::RowBlock::OTHER_TYPE), Text("none"), Text("no")});
        (void)writer.Add({Text("3"), Of(v1::RowBlock::TOO_LONG), Text("none"), Text("no")});
        (void)writer.Add({Text("4"), Text("\xff"), Text("none"), Text("no")});
        (void)writer.Add({Text("5"), Text(absl::string_view("5\0", 2)), Text("none"), Text("no")});
        return writer.End();
      }).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("row 1, column 'age': bytes"));
  ASSERT_EQ(report_.faults_size(), 5);
  EXPECT_THAT(report_.faults(1).problem(), HasSubstr("cast it in the query"));
  EXPECT_THAT(report_.faults(2).problem(), HasSubstr("longer than any value"));
  EXPECT_THAT(report_.faults(3).problem(), HasSubstr("not UTF-8"));
  EXPECT_THAT(report_.faults(4).problem(), HasSubstr("zero byte"));
  EXPECT_EQ(report_.faults(4).place(), v1::DataFault::ROW);
}

TEST_F(DatabaseRows, PersonsWhoOptedOutAreLeftOut) {
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "002\n");
  ASSERT_TRUE(Read(ThreePatients).ok());
  EXPECT_EQ(report_.rows(), 2u);
  EXPECT_EQ(report_.opted_out_rows(), 1u);
}

TEST_F(DatabaseRows, WarningsOfTheReaderAreInTheReport) {
  ASSERT_TRUE(Read(ThreePatients).ok());
  EXPECT_THAT(report_.warnings(), Contains("postgresql.user may do more"));
  ASSERT_TRUE(InspectRows(ThreePatients).ok());
  EXPECT_THAT(report_.warnings(), ElementsAre("postgresql.user may do more"));
  EXPECT_EQ(report_.rows(), 3u);
}

TEST_F(DatabaseRows, WhatTheReaderFailedOfIsTheReason) {
  const auto fail = [](RowWriter& writer) { return writer.Fail(absl::UnavailableError("nobody answers")); };
  EXPECT_EQ(Read(fail).status(), absl::UnavailableError("nobody answers"));
  EXPECT_EQ(InspectRows(fail), absl::UnavailableError("nobody answers"));
}

TEST_F(DatabaseRows, AColumnThatIsNotThereIsToldByTheQuerysResult) {
  v1::ColumnMapping& age = *mapping_.add_columns();
  age.set_name("age");
  age.set_column("years");
  EXPECT_THAT(std::string(Read(ThreePatients).status().message()),
              AllOf(HasSubstr("years"), HasSubstr("no such column in the query's result")));
}

TEST_F(DatabaseRows, WithoutAReaderThereAreNone) {
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Problem(), HasSubstr("accord-reader"));
}

}  // namespace
}  // namespace accord
