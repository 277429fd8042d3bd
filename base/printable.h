// Foreign text on a terminal, in a log or in a report.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace accord {

// `text` with everything replaced by '?' that could move the cursor, change colours or fake another line: control
// characters (line feeds and tabs become spaces) and bytes that are not UTF-8. Reasons and names come from peers.
std::string Printable(absl::string_view text);
// The same, but line feeds stay: for messages of several lines that Accord itself composed.
std::string PrintableLines(absl::string_view text);

}  // namespace accord
