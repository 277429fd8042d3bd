#include "client/trainer/data/text_field.h"

#include "absl/strings/ascii.h"
#include "base/utf8.h"
#include "client/trainer/data/csv_reader.h"

namespace accord {

FieldKind SetText(absl::string_view text, std::string& field) {
  field.clear();
  text = absl::StripAsciiWhitespace(text);
  if (text.size() > kMaxCsvFieldBytes) return FieldKind::kTooLong;
  if (!IsUtf8(text) || text.find('\0') != absl::string_view::npos) return FieldKind::kNotText;
  field.assign(text.data(), text.size());
  return FieldKind::kText;
}

}  // namespace accord
