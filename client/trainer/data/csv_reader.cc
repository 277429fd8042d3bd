#include "client/trainer/data/csv_reader.h"

#include <csv.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "base/status.h"
#include "base/utf8.h"
#include "client/trainer/data/data_file.h"

namespace accord {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;
constexpr int kRowNotBegun = 0;  // of csv_parser.pstate; libcsv keeps its name to itself
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// libcsv asks for more memory through this function only, so a field cannot grow beyond the limit.
void* LimitedRealloc(void* block, size_t size) {
  return size > kMaxCsvFieldBytes ? nullptr : std::realloc(block, size);
}

// Cuts a file into physical lines (with their line ends). Holds one line and one read.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}

  enum class Next { kLine, kEnd, kTooLong, kReadError };
  // `line` is valid until the next call.
  Next Read(absl::string_view& line) {
    size_t searched = begin_;
    for (;;) {
      const void* end = std::memchr(buffer_.data() + searched, '\n', buffer_.size() - searched);
      if (end != nullptr) {
        const size_t after = static_cast<size_t>(static_cast<const char*>(end) - buffer_.data()) + 1;
        line = absl::string_view(buffer_).substr(begin_, after - begin_);
        begin_ = after;
        return Next::kLine;
      }
      searched = buffer_.size() - begin_;
      if (searched > kMaxCsvLineBytes) return Next::kTooLong;
      buffer_.erase(0, begin_);
      begin_ = 0;
      const ssize_t got = Fill();
      if (got < 0) return Next::kReadError;
      if (got == 0) {
        line = buffer_;
        begin_ = buffer_.size();
        return line.empty() ? Next::kEnd : Next::kLine;
      }
    }
  }

 private:
  ssize_t Fill() {
    const size_t old_size = buffer_.size();
    buffer_.resize(old_size + kReadBytes);
    ssize_t got;
    do {
      got = read(fd_, buffer_.data() + old_size, kReadBytes);
    } while (got < 0 && errno == EINTR);
    buffer_.resize(old_size + static_cast<size_t>(got > 0 ? got : 0));
    return got;
  }

  const int fd_;
  std::string buffer_;
  size_t begin_ = 0;
};

// libcsv behind its callbacks: collects the fields of one row and hands the row on.
class CsvParser {
 public:
  CsvParser(char delimiter, std::function<bool(const TableRow&)> on_row) : on_row_(std::move(on_row)) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    csv_set_realloc_func(&parser_, LimitedRealloc);
  }
  ~CsvParser() { csv_free(&parser_); }
  CsvParser(const CsvParser&) = delete;
  CsvParser& operator=(const CsvParser&) = delete;

  // nullptr, or what is wrong. `line_number` is that of `line`.
  const char* Parse(absl::string_view line, uint64_t line_number) {
    line_number_ = line_number;
    if (parser_.pstate == kRowNotBegun) row_line_ = line_number;
    if (csv_parse(&parser_, line.data(), line.size(), OnField, OnRow, this) == line.size()) return Problem();
    return csv_error(&parser_) == CSV_EPARSE ? "a quotation mark in the middle of a field" : "a field is too long";
  }
  const char* Finish() {
    if (csv_fini(&parser_, OnField, OnRow, this) != 0) return "a quotation mark is never closed";
    return Problem();
  }
  bool stopped() const { return stopped_; }
  // Where the row that is not finished yet began.
  uint64_t row_line() const { return row_line_; }

 private:
  // No exception may cross libcsv, so a failed allocation is kept until it has returned.
  static void OnField(void* data, size_t size, void* self) {
    auto* parser = static_cast<CsvParser*>(self);
    if (parser->num_fields_ == kMaxCsvFields) {
      parser->too_many_fields_ = true;
      return;
    }
    try {
      if (parser->fields_.size() == parser->num_fields_) parser->fields_.emplace_back();
      parser->fields_[parser->num_fields_].assign(static_cast<const char*>(data), size);
      ++parser->num_fields_;
    } catch (const std::bad_alloc&) {
      parser->failure_ = std::current_exception();
    }
  }
  static void OnRow(int, void* self) {
    auto* parser = static_cast<CsvParser*>(self);
    if (!parser->stopped_ && !parser->failure_ && !parser->too_many_fields_) {
      try {
        const TableRow row = {parser->row_line_, absl::MakeSpan(parser->fields_).first(parser->num_fields_), {}, {}};
        parser->stopped_ = !parser->on_row_(row);
      } catch (const std::bad_alloc&) {
        parser->failure_ = std::current_exception();
      }
    }
    parser->num_fields_ = 0;
  }
  const char* Problem() {
    if (failure_) std::rethrow_exception(failure_);
    return too_many_fields_ ? "a row has too many fields" : nullptr;
  }

  csv_parser parser_ = {};
  std::function<bool(const TableRow&)> on_row_;
  std::vector<std::string> fields_;  // kept between rows so that their memory is used again
  size_t num_fields_ = 0;
  uint64_t line_number_ = 0;
  uint64_t row_line_ = 0;
  bool stopped_ = false;
  bool too_many_fields_ = false;
  std::exception_ptr failure_;
};

// nullptr, or why `line` is no text in UTF-8.
const char* TextProblem(absl::string_view line) {
  if (std::memchr(line.data(), '\0', line.size()) != nullptr) return "a zero byte: this is no text file in UTF-8";
  if (!IsUtf8(line)) return "bytes that are not UTF-8: save the file as UTF-8";
  return nullptr;
}

// Everything, or up to the first fatal fault, or as far as is asked for.
absl::Status ReadLines(const std::string& path, LineReader& lines, CsvParser& parser, TablePosition& position,
                       DataFaults& faults) {
  uint64_t line_number = 0;
  absl::string_view line;
  for (LineReader::Next next; (next = lines.Read(line)) != LineReader::Next::kEnd;) {
    if (next == LineReader::Next::kReadError) return ErrnoError("read", path);
    ++line_number;
    if (next == LineReader::Next::kTooLong) {
      faults.AddFatal(line_number, "", absl::StrCat("the line is longer than ", kMaxCsvLineBytes >> 20, " MiB"));
      return absl::OkStatus();
    }
    position.done += line.size();
    if (line_number == 1 && absl::StartsWith(line, kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    const char* problem = TextProblem(line);
    if (problem == nullptr) problem = parser.Parse(line, line_number);
    if (problem != nullptr) {
      faults.AddFatal(line_number, "", problem);
      return absl::OkStatus();
    }
    if (parser.stopped()) return absl::OkStatus();
  }
  if (const char* problem = parser.Finish(); problem != nullptr) faults.AddFatal(parser.row_line(), "", problem);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadCsv(const CsvOptions& options, DataFaults& faults,
                     const std::function<bool(const TableRow&, const TablePosition&)>& on_row) {
  ACCORD_ASSIGN_OR_RETURN(const DataFile file, OpenDataFile(options.path, options.max_bytes));
  TablePosition position = {0, file.size};
  LineReader lines(file.fd.get());
  CsvParser parser(options.delimiter, [&](const TableRow& row) { return on_row(row, position); });
  ACCORD_RETURN_IF_ERROR(ReadLines(options.path, lines, parser, position, faults));
  // What is wrong in a file that was being written is told when it has been.
  return CheckUnchanged(file, options.path);
}

}  // namespace accord
