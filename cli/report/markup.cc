#include "cli/report/markup.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace accord {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsControl(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
}

// What stands for a character that markup cannot hold as it is; empty for any other.
absl::string_view EntityOf(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return IsControl(c) ? kReplacement : "";
  }
}

}  // namespace

std::string EscapeMarkup(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const size_t valid = ValidUtf8Prefix(text);
    for (size_t i = 0; i < valid; ++i) {
      const absl::string_view entity = EntityOf(text[i]);
      absl::StrAppend(&escaped, entity.empty() ? text.substr(i, 1) : entity);
    }
    text.remove_prefix(valid);
    if (text.empty()) break;
    absl::StrAppend(&escaped, kReplacement);
    text.remove_prefix(1);
  }
  return escaped;
}

void Markup::Start(absl::string_view element, const Attributes& attributes, absl::string_view end) {
  absl::StrAppend(&out_, "<", element);
  for (const auto& [name, value] : attributes) absl::StrAppend(&out_, " ", name, "=\"", EscapeMarkup(value), "\"");
  absl::StrAppend(&out_, end);
}

Markup& Markup::Open(absl::string_view element, const Attributes& attributes) {
  Start(element, attributes, ">");
  open_.emplace_back(element);
  return *this;
}

Markup& Markup::Close() {
  if (open_.empty()) return *this;
  absl::StrAppend(&out_, "</", open_.back(), ">\n");
  open_.pop_back();
  return *this;
}

Markup& Markup::Text(absl::string_view text) {
  absl::StrAppend(&out_, EscapeMarkup(text));
  return *this;
}

Markup& Markup::Element(absl::string_view element, absl::string_view text, const Attributes& attributes) {
  return Open(element, attributes).Text(text).Close();
}

Markup& Markup::Single(absl::string_view element, const Attributes& attributes) {
  Start(element, attributes, "/>");
  return *this;
}

Markup& Markup::Literal(absl::string_view markup) {
  absl::StrAppend(&out_, markup);
  return *this;
}

std::string Markup::Finish() {
  while (!open_.empty()) Close();
  return std::move(out_);
}

}  // namespace accord
