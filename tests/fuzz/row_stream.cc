// A reader's rows, as the trainer takes them from the pipe.
#include "client/ipc/row_stream.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::row_stream {
namespace {

constexpr uint64_t kMaxBytes = 1 << 16;

// A file reads as a pipe whose other end is closed.
UniqueFd FileOf(absl::string_view content) {
  UniqueFd file(memfd_create("fuzz", MFD_CLOEXEC));
  Require(write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
          "memory can be had");
  Require(lseek(file.get(), 0, SEEK_SET) == 0, "a file has a beginning");
  return file;
}

std::string ContentOf(const UniqueFd& file) {
  std::string content(static_cast<size_t>(lseek(file.get(), 0, SEEK_END)), '\0');
  Require(ReadFully(file.get(), content.data(), content.size(), 0).ok(), "a file can be read");
  return content;
}

}  // namespace

std::vector<std::string> Seeds() {
  const UniqueFd rows = FileOf("");
  RowWriter writer(rows.get());
  (void)writer.Begin({"age", "pain"}, {"the user may write"});
  (void)writer.Add({{v1::RowBlock::TEXT, "50"}, {v1::RowBlock::NULL_VALUE, {}}});
  (void)writer.Flush();
  (void)writer.Add({{v1::RowBlock::BYTES, {}}, {v1::RowBlock::TEXT, "typical"}});
  Require(writer.End().ok(), "rows can be written");
  const UniqueFd nothing = FileOf("");
  RowWriter empty(nothing.get());
  (void)empty.Begin({"age"}, {});
  Require(empty.End().ok(), "no rows can be written");
  return {ContentOf(rows), ContentOf(nothing)};
}

bool Take(absl::string_view bytes) {
  const UniqueFd file = FileOf(bytes);
  size_t columns = 0;
  uint64_t rows = 0;
  uint64_t text = 0;
  const auto on_columns = [&](const v1::RowColumns& names) {
    columns = static_cast<size_t>(names.names_size());
    return true;
  };
  const auto on_row = [&](absl::Span<const StreamField> row) {
    Require(columns > 0 && row.size() == columns, "a row has as many fields as there are columns");
    for (const StreamField& field : row) {
      Require(field.kind == v1::RowBlock::TEXT || field.text.empty(), "only a text has one");
      for (const char c : field.text) text += static_cast<unsigned char>(c);  // every byte is there
    }
    ++rows;
    return true;
  };
  const auto on_block = [&](uint64_t so_far) { Require(so_far == rows, "rows are counted"); };
  const absl::Status taken = TakeRows(file.get(), kMaxBytes, {on_columns, on_row, on_block});
  return taken.ok() && text < UINT64_MAX;
}

const FuzzTarget kTarget("row_stream", &Seeds, &Take);

}  // namespace accord::fuzz::row_stream
