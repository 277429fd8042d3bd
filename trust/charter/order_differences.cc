// Two orders line by line, and two jobs field by field, by reflection: a field that a later version adds is told too.
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/config/faults.h"
#include "base/config/rule_text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "trust/charter/order_words.h"
#include "trust/charter/readable_words.h"

namespace accord {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// By path, in the order of the job.
using FieldValues = std::vector<std::pair<std::string, std::string>>;

// The shortest text that reads back as the same number.
std::string ExactNumber(double value) {
  for (const int digits : {6, 15, 16}) {
    const std::string text = absl::StrFormat("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value) return text;
  }
  return absl::StrFormat("%.17g", value);
}

// Of a field that is no section; `index` counts where it is repeated.
std::string ValueText(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? reflection.GetRepeatedBool(message, &field, index) : reflection.GetBool(message, &field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(repeated ? reflection.GetRepeatedUInt32(message, &field, index)
                                   : reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(repeated ? reflection.GetRepeatedUInt64(message, &field, index)
                                   : reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(repeated ? reflection.GetRepeatedInt32(message, &field, index)
                                   : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(repeated ? reflection.GetRepeatedInt64(message, &field, index)
                                   : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ExactNumber(repeated ? reflection.GetRepeatedDouble(message, &field, index)
                                  : reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ExactNumber(repeated ? reflection.GetRepeatedFloat(message, &field, index)
                                  : reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumValueInFile(
          *(repeated ? reflection.GetRepeatedEnum(message, &field, index) : reflection.GetEnum(message, &field)));
    default:
      return absl::StrCat("'",
                          OnOneLine(repeated ? reflection.GetRepeatedString(message, &field, index)
                                             : reflection.GetString(message, &field)),
                          "'");
  }
}

// The sections' names, where each has one of its own; else nothing.
std::vector<std::string> NamesOfItems(const Message& message, const FieldDescriptor& field) {
  const FieldDescriptor* name = field.message_type()->FindFieldByName("name");
  if (name == nullptr) name = field.message_type()->FindFieldByName("column");
  if (name == nullptr || name->cpp_type() != FieldDescriptor::CPPTYPE_STRING || name->is_repeated()) return {};
  absl::flat_hash_set<std::string> seen;
  std::vector<std::string> names;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    names.push_back(ValueText(message.GetReflection()->GetRepeatedMessage(message, &field, i), *name, 0));
    if (!seen.insert(names.back()).second) return {};
  }
  return names;
}

void AppendValues(const Message& message, const std::string& path, FieldValues& values);

void AppendList(const Message& message, const FieldDescriptor& field, const std::string& path, FieldValues& values) {
  const auto& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, &field);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    std::vector<std::string> items;
    for (int i = 0; i < size; ++i) items.push_back(ValueText(message, field, i));
    values.emplace_back(path, absl::StrCat("[", absl::StrJoin(items, ", "), "]"));
    return;
  }
  // By name, so that one more does not make all behind it look changed; which there are, and in which order, is a line.
  const std::vector<std::string> names = NamesOfItems(message, field);
  if (!names.empty()) values.emplace_back(path, absl::StrCat("[", absl::StrJoin(names, ", "), "]"));
  for (int i = 0; i < size; ++i) {
    AppendValues(reflection.GetRepeatedMessage(message, &field, i),
                 names.empty() ? ItemPath(path, i) : absl::StrCat(path, "[", names[i], "]"), values);
  }
}

void AppendValues(const Message& message, const std::string& path, FieldValues& values) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  if (fields.empty()) values.emplace_back(path, "{}");
  for (const FieldDescriptor* field : fields) {
    const std::string below = FieldPath(path, std::string(field->name()));
    if (field->is_repeated()) {
      AppendList(message, *field, below, values);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      AppendValues(message.GetReflection()->GetMessage(message, field), below, values);
    } else {
      values.emplace_back(below, ValueText(message, *field, 0));
    }
  }
}

std::string DigestOrNone(const std::optional<Sha256Digest>& digest) {
  return digest.has_value() ? HexDigest(*digest) : "none";
}

void AppendDifference(absl::string_view name, const std::string& before, const std::string& after,
                      std::vector<std::string>& lines) {
  if (before != after) lines.push_back(OnOneLine(absl::StrCat(name, ": ", after, ", before ", before)));
}

}  // namespace

std::vector<std::string> OrderDifferences(const JobOrder& before, const JobOrder& after) {
  std::vector<std::string> lines;
  const auto data_set = [](const JobOrder& order) { return order.data_set.empty() ? "none" : order.data_set; };
  AppendDifference("charter", HexDigest(before.charter), HexDigest(after.charter), lines);
  AppendDifference("purpose", before.purpose, after.purpose, lines);
  AppendDifference("data set", data_set(before), data_set(after), lines);
  AppendDifference("torchscript", DigestOrNone(before.torchscript), DigestOrNone(after.torchscript), lines);
  AppendDifference("start", DigestOrNone(before.start), DigestOrNone(after.start), lines);
  AppendDifference("engineer", before.engineer, after.engineer, lines);
  AppendDifference("loosens", RulesInWords(before.loosens), RulesInWords(after.loosens), lines);
  std::map<std::string, std::pair<std::string, std::string>> mappings;
  for (const auto& [site, hash] : before.mappings) mappings[site] = {HexDigest(hash), "none"};
  for (const auto& [site, hash] : after.mappings) {
    mappings.try_emplace(site, "none", "").first->second.second = HexDigest(hash);
  }
  for (const auto& [site, pair] : mappings) {
    AppendDifference(absl::StrCat("mapping of ", site), pair.first, pair.second, lines);
  }
  return lines;
}

std::vector<std::string> JobDifferences(const v1::JobSpec& before, const v1::JobSpec& after) {
  FieldValues old_values;
  FieldValues new_values;
  AppendValues(before, "", old_values);
  AppendValues(after, "", new_values);
  const std::map<std::string, std::string> were(old_values.begin(), old_values.end());
  const std::map<std::string, std::string> are(new_values.begin(), new_values.end());
  std::vector<std::string> lines;
  for (const auto& [path, value] : new_values) {
    const auto was = were.find(path);
    if (was != were.end() && was->second == value) continue;
    lines.push_back(absl::StrCat(path, ": ", value, ", before ", was == were.end() ? "nothing" : was->second));
  }
  for (const auto& [path, value] : old_values) {
    if (!are.contains(path)) lines.push_back(absl::StrCat(path, ": nothing, before ", value));
  }
  return lines;
}

}  // namespace accord
