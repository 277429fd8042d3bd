#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "client/trainer/data/npy_file.h"

namespace accord {
namespace {

constexpr std::pair<absl::string_view, NpyType> kTypes[] = {{"|u1", NpyType::kUint8},   {"<u1", NpyType::kUint8},
                                                            {"<i2", NpyType::kInt16},   {"<i4", NpyType::kInt32},
                                                            {"<f4", NpyType::kFloat32}, {"<f8", NpyType::kFloat64}};

absl::Status Unexpected(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("its header ", what));
}

absl::StatusOr<NpyType> TypeNamed(absl::string_view name) {
  for (const auto& [known, type] : kTypes) {
    if (name == known) return type;
  }
  if (absl::StartsWith(name, ">")) return Unexpected("says big-endian numbers; save it with little-endian ones");
  if (absl::StartsWith(name, "|O")) return Unexpected("says Python objects; save an array of numbers");
  return Unexpected("says another type than u1, <i2, <i4, <f4 or <f8; convert it with astype");
}

// Reads the little of Python's grammar that NumPy writes.
class LiteralReader {
 public:
  explicit LiteralReader(absl::string_view text) : rest_(text) {}

  bool Take(char expected) {
    SkipBlanks();
    if (rest_.empty() || rest_[0] != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool AtEnd() {
    SkipBlanks();
    return rest_.empty();
  }
  std::optional<absl::string_view> TakeString() {
    SkipBlanks();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == absl::string_view::npos) return std::nullopt;
    const absl::string_view text = rest_.substr(1, end - 1);
    if (absl::StrContains(text, '\\')) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::optional<bool> TakeBool() {
    SkipBlanks();
    if (absl::ConsumePrefix(&rest_, "True")) return true;
    if (absl::ConsumePrefix(&rest_, "False")) return false;
    return std::nullopt;
  }
  // (3, 4), (3,) or (); nothing for more than kMaxNpyDimensions.
  std::optional<std::vector<uint64_t>> TakeTuple() {
    std::vector<uint64_t> numbers;
    if (!Take('(')) return std::nullopt;
    while (!Take(')')) {
      SkipBlanks();
      const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
      uint64_t number;
      if (numbers.size() == kMaxNpyDimensions || !absl::SimpleAtoi(rest_.substr(0, digits), &number)) {
        return std::nullopt;
      }
      rest_.remove_prefix(digits);
      numbers.push_back(number);
      if (!Take(',')) {
        if (Take(')')) break;
        return std::nullopt;
      }
    }
    return numbers;
  }

 private:
  void SkipBlanks() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }
  absl::string_view rest_;
};

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view literal) {
  LiteralReader reader(literal);
  std::optional<absl::string_view> type;
  std::optional<bool> fortran_order;
  std::optional<std::vector<uint64_t>> shape;
  if (!reader.Take('{')) return Unexpected("is no Python dictionary");
  while (!reader.Take('}')) {
    const std::optional<absl::string_view> key = reader.TakeString();
    if (!key.has_value() || !reader.Take(':')) return Unexpected("is no Python dictionary");
    if (*key == "descr" && !type.has_value()) {
      type = reader.TakeString();
      // A list: named fields, each with a type of its own.
      if (!type.has_value()) return Unexpected("says named fields; save an array of plain numbers");
    } else if (*key == "fortran_order" && !fortran_order.has_value()) {
      fortran_order = reader.TakeBool();
      if (!fortran_order.has_value()) return Unexpected("does not say True or False for fortran_order");
    } else if (*key == "shape" && !shape.has_value()) {
      shape = reader.TakeTuple();
      if (!shape.has_value()) return Unexpected("has no shape of at most 4 sizes");
    } else {
      return Unexpected("has a key that is not expected, or one twice");
    }
    if (!reader.Take(',')) {
      if (reader.Take('}')) break;
      return Unexpected("is no Python dictionary");
    }
  }
  if (!reader.AtEnd()) return Unexpected("goes on behind its dictionary");
  if (!type.has_value() || !fortran_order.has_value() || !shape.has_value()) {
    return Unexpected("lacks descr, fortran_order or shape");
  }
  NpyHeader header;
  ACCORD_ASSIGN_OR_RETURN(header.type, TypeNamed(*type));
  if (*fortran_order) return Unexpected("says Fortran order; save it with numpy.ascontiguousarray");
  if (shape->empty()) return Unexpected("says a single number; expected an array with a row for each example");
  header.shape = *std::move(shape);
  return header;
}

}  // namespace accord
