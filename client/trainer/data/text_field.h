// A text of a database as a field of a row.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "client/trainer/data/table_row.h"

namespace accord {

// Puts the text without the blanks around it into `field`, as a CSV file's fields are read, and says of which kind it
// is: kText, or kTooLong or kNotText, and then `field` is empty.
FieldKind SetText(absl::string_view text, std::string& field);

}  // namespace accord
