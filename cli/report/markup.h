// HTML under construction. Every string from outside enters through Text() or an attribute's value and is escaped
// there, so a site's name or a reason can never become markup, script or style.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace accord {

// `text` with & < > " ' as entities; control characters other than newline and tab, and bytes that are not UTF-8,
// become U+FFFD.
std::string EscapeMarkup(absl::string_view text);

// Element and attribute names are literals of the program; only texts and attribute values may hold foreign bytes.
// Not thread-safe. Elements nest: Close() ends the one opened last.
class Markup {
 public:
  using Attributes = std::vector<std::pair<absl::string_view, std::string>>;

  Markup& Open(absl::string_view element, const Attributes& attributes = {});
  Markup& Close();
  Markup& Text(absl::string_view text);
  // <element ...>text</element>
  Markup& Element(absl::string_view element, absl::string_view text, const Attributes& attributes = {});
  // <element .../>, for SVG shapes and HTML's void elements.
  Markup& Single(absl::string_view element, const Attributes& attributes = {});
  // A literal of the program, such as the style sheet. Never anything from outside.
  Markup& Literal(absl::string_view markup);

  // Everything so far, with all open elements closed.
  std::string Finish();

 private:
  void Start(absl::string_view element, const Attributes& attributes, absl::string_view end);

  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace accord
