#include "trust/joint/charter_yaml.h"

#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/config/rule_text.h"
#include "base/config/rules.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace accord {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// In quotes, so that nothing else can be read out of it.
std::string YamlText(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}), "\"");
}

// The shortest spelling that reads back as the same number: a rounded one could be the larger of the two.
std::string YamlNumber(double number) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), number);
  return error == std::errc() ? std::string(buffer, end) : absl::StrCat(number);
}

// `index`: of a list's item; -1: the field is none.
std::string YamlScalar(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool item = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return YamlText(item ? reflection.GetRepeatedString(message, &field, index)
                           : reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(item ? reflection.GetRepeatedUInt32(message, &field, index)
                               : reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return YamlNumber(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumValueInFile(item ? *reflection.GetRepeatedEnum(message, &field, index)
                                  : *reflection.GetEnum(message, &field));
    default:
      return "";  // a charter has no field of another type
  }
}

bool IsWritten(const Message& message, const FieldDescriptor& field) {
  if (field.is_repeated()) return message.GetReflection()->FieldSize(message, &field) > 0;
  // A number that binds stands in the file, also where it is 0.
  return message.GetReflection()->HasField(message, &field) ||
         (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE && field.options().GetExtension(rules).required());
}

// `first`: what stands before the first field in place of the indentation, "- " of a list's item.
void AppendYaml(const Message& message, size_t indent, std::string first, std::string& text) {
  const auto& reflection = *message.GetReflection();
  const std::string blanks(indent, ' ');
  std::string before = std::move(first);
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (!IsWritten(message, field)) continue;
    absl::StrAppend(&text, before, field.name(), ":");
    before = blanks;
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      std::vector<std::string> items;
      const int size = field.is_repeated() ? reflection.FieldSize(message, &field) : 0;
      for (int item = 0; item < size; ++item) items.push_back(YamlScalar(message, field, item));
      absl::StrAppend(
          &text, " ",
          field.is_repeated() ? absl::StrCat("[", absl::StrJoin(items, ", "), "]") : YamlScalar(message, field, -1),
          "\n");
      continue;
    }
    text.push_back('\n');
    if (!field.is_repeated()) {
      AppendYaml(reflection.GetMessage(message, &field), indent + 2, std::string(indent + 2, ' '), text);
    }
    for (int item = 0; field.is_repeated() && item < reflection.FieldSize(message, &field); ++item) {
      AppendYaml(reflection.GetRepeatedMessage(message, &field, item), indent + 4,
                 absl::StrCat(std::string(indent + 2, ' '), "- "), text);
    }
  }
}

}  // namespace

std::string CharterYaml(const v1::Charter& terms) {
  std::string text;
  AppendYaml(terms, 0, "", text);
  return text;
}

}  // namespace accord
