#include "trust/charter/statement_lines.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "trust/charter/charter.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/readable_text.h"

namespace accord {
namespace {

constexpr absl::string_view kNone = "none";

v1::Rule RuleOfName(absl::string_view name) {
  for (int number = 1; v1::Rule_IsValid(number); ++number) {
    if (RuleName(static_cast<v1::Rule>(number)) == name) return static_cast<v1::Rule>(number);
  }
  return v1::RULE_UNSPECIFIED;
}

}  // namespace

bool IsStatementName(absl::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.front() != '_' &&
         std::all_of(text.begin(), text.end(), allowed);
}

LineWriter::LineWriter(absl::string_view first_line) : text_(absl::StrCat(first_line, "\n")) {}

LineWriter& LineWriter::Line(absl::string_view name, absl::string_view value) {
  absl::StrAppend(&text_, name, ": ", value, "\n");
  return *this;
}

LineWriter& LineWriter::Digest(absl::string_view name, const std::optional<Sha256Digest>& digest) {
  return Line(name, digest.has_value() ? HexDigest(*digest) : std::string(kNone));
}

LineWriter& LineWriter::Time(absl::string_view name, absl::Time time) { return Line(name, FormatUtc(time)); }

LineWriter& LineWriter::Rules(absl::string_view name, const std::vector<v1::Rule>& rules) {
  if (rules.empty()) return Line(name, kNone);
  return Line(name, absl::StrJoin(rules, ", ", [](std::string* out, v1::Rule rule) { out->append(RuleName(rule)); }));
}

LineWriter& LineWriter::Texts(absl::string_view name, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) Line(name, line);
  return *this;
}

LineReader::LineReader(absl::string_view bytes, absl::string_view what, absl::string_view first_line)
    : rest_(bytes), what_(what) {
  if (bytes.size() > kMaxStatementBytes) {
    Fail(absl::StrCat("has ", bytes.size(), " bytes; expected at most ", kMaxStatementBytes));
  } else if (absl::StrContains(bytes, '\r')) {
    Fail("has carriage returns: a mail program or an editor changed its line ends; have it sent as an attachment");
  } else if (bytes.empty() || bytes.back() != '\n') {
    Fail("does not end with a whole line: it was cut off");
  } else if (!absl::ConsumePrefix(&rest_, absl::StrCat(first_line, "\n"))) {
    Fail(absl::StrCat("does not begin with the line ", first_line));
  }
  line_ = 1;
}

bool LineReader::NextIs(absl::string_view name) const {
  return status_.ok() && absl::StartsWith(rest_, absl::StrCat(name, ": "));
}

std::string LineReader::Value(absl::string_view name) {
  if (!status_.ok()) return "";
  ++line_;
  if (!absl::ConsumePrefix(&rest_, absl::StrCat(name, ": "))) {
    Fail(absl::StrCat("is not of the form '", name, ": ...'"));
    return "";
  }
  const size_t end = rest_.find('\n');
  const std::string value(rest_.substr(0, end));
  rest_.remove_prefix(end + 1);
  return value;
}

std::string LineReader::Name(absl::string_view name) {
  std::string value = Value(name);
  if (!IsStatementName(value)) Fail("does not hold 1 to 63 lower-case letters, digits, hyphens and underscores");
  return value;
}

Sha256Digest LineReader::Digest(absl::string_view name) {
  const auto digest = ParseHexDigest(Value(name));
  if (!digest.ok()) Fail("does not hold 64 lower-case hexadecimal digits");
  return digest.value_or(Sha256Digest{});
}

std::optional<Sha256Digest> LineReader::DigestOrNone(absl::string_view name) {
  if (!NextIs(name) || !absl::StartsWith(rest_, absl::StrCat(name, ": ", kNone, "\n"))) return Digest(name);
  Value(name);
  return std::nullopt;
}

absl::Time LineReader::Time(absl::string_view name) {
  const auto time = ParseUtc(Value(name));
  if (!time.ok()) Fail(time.status().message());
  return time.value_or(absl::UnixEpoch());
}

std::vector<v1::Rule> LineReader::Rules(absl::string_view name) {
  const std::string value = Value(name);
  std::vector<v1::Rule> rules;
  if (!status_.ok() || value == kNone) return rules;
  for (const absl::string_view text : absl::StrSplit(value, ", ")) {
    const v1::Rule rule = RuleOfName(text);
    if (rule == v1::RULE_UNSPECIFIED) Fail("names what is no rule of a charter that can be loosened");
    if (!rules.empty() && rules.back() >= rule) Fail("does not name the rules in their order, each once");
    rules.push_back(rule);
  }
  return rules;
}

std::vector<std::string> LineReader::Texts(absl::string_view name) {
  std::vector<std::string> lines;
  do {
    std::string text = Text(name, kMaxTextLineBytes);
    if (lines.size() == kMaxTextLines) Fail(absl::StrCat("is one ", name, " more than ", kMaxTextLines));
    lines.push_back(std::move(text));
  } while (NextIs(name));
  return lines;
}

std::string LineReader::Text(absl::string_view name, size_t max_bytes) {
  std::string text = Value(name);
  if (text.empty() || text.size() > max_bytes || !CheckReadableText(text).ok()) {
    Fail(absl::StrCat("does not hold 1 to ", max_bytes, " bytes of readable text"));
  }
  return text;
}

std::string LineReader::Nonce(absl::string_view name) {
  std::string value = Value(name);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (value.size() != 2 * kNonceBytes || !std::all_of(value.begin(), value.end(), is_digit)) {
    Fail(absl::StrCat("does not hold ", 2 * kNonceBytes, " lower-case hexadecimal digits"));
  }
  return value;
}

void LineReader::Fail(absl::string_view fault) {
  if (!status_.ok()) return;
  const std::string where = line_ > 0 ? absl::StrCat("line ", line_, " of ", what_) : what_;
  status_ = absl::InvalidArgumentError(absl::StrCat(where, " ", fault));
}

absl::Status LineReader::Finish() {
  if (!rest_.empty()) {
    ++line_;
    Fail("is one more than it has");
  }
  return status_;
}

}  // namespace accord
