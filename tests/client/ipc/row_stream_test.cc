#include "client/ipc/row_stream.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kMaxBytes = 1 << 20;

StreamField Text(absl::string_view text) { return {v1::RowBlock::TEXT, text}; }
StreamField Null() { return {v1::RowBlock::NULL_VALUE, {}}; }

struct Taken {
  std::vector<std::string> names;
  std::vector<std::string> rows;  // fields with a bar between, "-" for what is no text
  std::vector<uint64_t> progress;
  absl::Status status;
};

// A fixture; tests that want a second pipe make one.
class RowStream : public ::testing::Test {
 public:
  RowStream() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    in_ = UniqueFd(ends[0]);
    out_ = UniqueFd(ends[1]);
  }
  // The reader's end is closed first.
  Taken Take(size_t stop_after = SIZE_MAX) {
    out_.Reset();
    return TakeAtOnce(stop_after);
  }
  Taken TakeAtOnce(size_t stop_after = SIZE_MAX) {
    Taken taken;
    const auto on_columns = [&](const v1::RowColumns& columns) {
      taken.names.assign(columns.names().begin(), columns.names().end());
      return true;
    };
    const auto on_row = [&](absl::Span<const StreamField> row) {
      std::string& text = taken.rows.emplace_back();
      for (const StreamField& field : row) {
        absl::StrAppend(&text, text.empty() ? "" : "|", field.kind == v1::RowBlock::TEXT ? field.text : "-");
      }
      return taken.rows.size() < stop_after;
    };
    const auto on_block = [&](uint64_t rows) { taken.progress.push_back(rows); };
    taken.status = TakeRows(in_.get(), kMaxBytes, {on_columns, on_row, on_block});
    return taken;
  }
  void SendRaw(absl::string_view bytes) {
    ASSERT_EQ(write(out_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void SendRecord(const v1::RowRecord& record) {
    const std::string bytes = record.SerializeAsString();
    const auto size = static_cast<uint32_t>(bytes.size());
    SendRaw(absl::string_view(reinterpret_cast<const char*>(&size), sizeof(size)));
    SendRaw(bytes);
  }
  // What is said of a stream of two columns and this block.
  absl::Status Judge(const v1::RowBlock& block) {
    RowStream other;
    RowWriter writer(other.out_.get());
    EXPECT_TRUE(writer.Begin({"a", "b"}, {}).ok());
    v1::RowRecord record;
    *record.mutable_rows() = block;
    other.SendRecord(record);
    return other.Take().status;
  }
  void TestBody() override {}

  UniqueFd in_;
  UniqueFd out_;
};

TEST_F(RowStream, RowsArriveAsTheyWereSent) {
  RowWriter writer(out_.get());
  ASSERT_TRUE(writer.Begin({"age", "pain"}, {"the user may do more"}).ok());
  ASSERT_TRUE(writer.Add({Text("50"), Text("")}).ok());
  ASSERT_TRUE(writer.Add({Null(), Text("a|b\n\"c\"")}).ok());
  ASSERT_TRUE(writer.Flush().ok());
  ASSERT_TRUE(writer.Add({{v1::RowBlock::BYTES, {}}, {v1::RowBlock::TOO_LONG, {}}}).ok());
  ASSERT_TRUE(writer.End().ok());
  const Taken taken = Take();
  ASSERT_TRUE(taken.status.ok()) << taken.status;
  EXPECT_THAT(taken.names, ElementsAre("age", "pain"));
  EXPECT_THAT(taken.rows, ElementsAre("50|", "-|a|b\n\"c\"", "-|-"));
  EXPECT_THAT(taken.progress, ElementsAre(2u, 3u));
}

TEST_F(RowStream, AStreamWithoutItsLastRecordWasCutOff) {
  RowWriter writer(out_.get());
  ASSERT_TRUE(writer.Begin({"age"}, {}).ok());
  ASSERT_TRUE(writer.Add({Text("50")}).ok());
  ASSERT_TRUE(writer.Flush().ok());
  const Taken taken = Take();
  EXPECT_EQ(taken.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.status.message()), HasSubstr("before the last row"));
}

TEST_F(RowStream, EveryCutIsSeen) {
  {
    RowWriter writer(out_.get());
    ASSERT_TRUE(writer.Begin({"age"}, {}).ok());
    ASSERT_TRUE(writer.Add({Text("50")}).ok());
    ASSERT_TRUE(writer.End().ok());
  }
  std::string bytes(1000, '\0');
  const ssize_t size = read(in_.get(), bytes.data(), bytes.size());
  ASSERT_GT(size, 20);
  for (ssize_t end = 0; end < size; ++end) {
    RowStream cut;
    cut.SendRaw(absl::string_view(bytes.data(), static_cast<size_t>(end)));
    EXPECT_EQ(cut.Take().status.code(), absl::StatusCode::kUnavailable) << end;
  }
}

TEST_F(RowStream, TheReadersReasonIsHandedOnAndWhetherItPasses) {
  RowWriter writer(out_.get());
  ASSERT_TRUE(writer.Fail(absl::UnavailableError("nobody answers")).ok());
  EXPECT_EQ(Take().status, absl::UnavailableError("nobody answers"));
  RowStream other;
  RowWriter for_good(other.out_.get());
  ASSERT_TRUE(for_good.Begin({"age"}, {}).ok());
  ASSERT_TRUE(for_good.Fail(absl::InvalidArgumentError("no such column")).ok());
  EXPECT_EQ(other.Take().status, absl::FailedPreconditionError("no such column"));
}

TEST_F(RowStream, WhoWantsNoMoreRowsGetsNone) {
  RowWriter writer(out_.get());
  ASSERT_TRUE(writer.Begin({"age"}, {}).ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer.Add({Text("50")}).ok());
  ASSERT_TRUE(writer.End().ok());
  const Taken taken = Take(3);
  EXPECT_TRUE(taken.status.ok());
  EXPECT_EQ(taken.rows.size(), 3u);
}

TEST_F(RowStream, MoreThanIsAllowedIsRefused) {
  std::thread reader([this] {
    RowWriter writer(out_.get());
    const std::string text(50'000, 'x');
    absl::Status sent = writer.Begin({"age"}, {});
    for (int i = 0; i < 30 && sent.ok(); ++i) sent = writer.Add({Text(text)});
    if (sent.ok()) (void)writer.End();
    out_.Reset();
  });
  const Taken taken = TakeAtOnce();
  EXPECT_EQ(taken.status.code(), absl::StatusCode::kOutOfRange);
  // What was not read stays in the pipe, and the writer waits for nobody.
  char rest[4096];
  while (read(in_.get(), rest, sizeof(rest)) > 0) {
  }
  reader.join();
}

TEST_F(RowStream, ARowThatIsTooLongIsRefusedBeforeItIsSent) {
  RowWriter writer(out_.get());
  const std::string text(kMaxStreamFieldBytes, 'x');
  const std::vector<StreamField> row(65, Text(text));
  EXPECT_EQ(writer.Add(row).code(), absl::StatusCode::kOutOfRange);
}

TEST_F(RowStream, BytesThatAreNoRecordAreRefused) {
  SendRaw(absl::string_view("\xff\xff\xff\x7f", 4));
  EXPECT_EQ(Take().status.code(), absl::StatusCode::kDataLoss) << "a length that is not read, nor taken memory for";
  RowStream garbled;
  garbled.SendRaw(absl::string_view("\x02\x00\x00\x00\xff\xff", 6));
  EXPECT_EQ(garbled.Take().status.code(), absl::StatusCode::kDataLoss);
  RowStream empty;
  empty.SendRecord(v1::RowRecord());
  EXPECT_EQ(empty.Take().status.code(), absl::StatusCode::kDataLoss);
}

TEST_F(RowStream, RecordsOutOfTurnAreRefused) {
  v1::RowRecord end, rows, columns;
  end.mutable_end();
  rows.mutable_rows()->set_kinds(std::string(1, '\1'));
  columns.mutable_columns()->add_names("age");
  for (const auto& records : std::vector<std::vector<v1::RowRecord>>{{end}, {rows}, {columns, columns}}) {
    RowStream stream;
    for (const v1::RowRecord& record : records) stream.SendRecord(record);
    EXPECT_EQ(stream.Take().status.code(), absl::StatusCode::kDataLoss) << records[0].ShortDebugString();
  }
  RowStream short_of_one;
  short_of_one.SendRecord(columns);
  end.mutable_end()->set_rows(1);
  short_of_one.SendRecord(end);
  EXPECT_EQ(short_of_one.Take().status.code(), absl::StatusCode::kDataLoss);
}

TEST_F(RowStream, WhatABlockSaysOfItselfMustAddUp) {
  v1::RowBlock good;
  good.set_kinds(std::string("\0\1", 2));
  good.add_sizes(2);
  good.set_text("50");
  EXPECT_EQ(Judge(good).code(), absl::StatusCode::kUnavailable) << "cut off behind a block that is in order";
  v1::RowBlock half = good;
  half.set_kinds(std::string("\0", 1));
  v1::RowBlock too_long = good;
  too_long.set_sizes(0, 3);
  v1::RowBlock too_short = good;
  too_short.set_sizes(0, 1);
  v1::RowBlock no_size = good;
  no_size.clear_sizes();
  v1::RowBlock size_of_nothing = good;
  size_of_nothing.add_sizes(0);
  v1::RowBlock unknown = good;
  unknown.set_kinds(std::string("\0\5", 2));
  v1::RowBlock nothing;
  for (const v1::RowBlock& block : {half, too_long, too_short, no_size, size_of_nothing, unknown, nothing}) {
    EXPECT_EQ(Judge(block).code(), absl::StatusCode::kDataLoss) << block.ShortDebugString();
  }
}

}  // namespace
}  // namespace accord
