#include "base/config/rule_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/utf8.h"

namespace accord {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

// "SiteRole" -> "site_role_"
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return prefix + '_';
}

// Letters to insert, drop, replace or swap with their neighbour (optimal string alignment), for short names.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<size_t> cost((a.size() + 1) * width);
  const auto at = [&](size_t i, size_t j) -> size_t& { return cost[i * width + j]; };
  for (size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({replaced, at(i - 1, j) + 1, at(i, j - 1) + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(a.size(), b.size());
}

}  // namespace

std::string TypeText(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "a whole number";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", absl::StrJoin(EnumValuesInFile(*field.enum_type()), ", "));
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a section";
  }
  return "a value";
}

std::string RangeText(const FieldRules& rules) {
  std::vector<std::string> parts;
  if (rules.has_min())
    parts.push_back(absl::StrCat(rules.above_min() ? "above " : "at least ", NumberText(rules.min())));
  if (rules.has_max()) parts.push_back(absl::StrCat("at most ", NumberText(rules.max())));
  return absl::StrJoin(parts, " and ");
}

std::string NumberText(double value) {
  if (std::trunc(value) == value && std::fabs(value) < 1e15) return absl::StrCat(static_cast<int64_t>(value));
  return absl::StrCat(value);
}

std::string EnumValueInFile(const EnumValueDescriptor& value) {
  const std::string name = absl::AsciiStrToLower(value.name());
  const std::string prefix = EnumPrefix(*value.type());
  return absl::StartsWith(name, prefix) ? name.substr(prefix.size()) : name;
}

std::vector<std::string> EnumValuesInFile(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(EnumValueInFile(*type.value(i)));
  }
  return names;
}

std::string QuoteForFault(absl::string_view text) {
  constexpr size_t kMaxShown = 40;
  const bool cut = text.size() > kMaxShown;
  if (cut) text = text.substr(0, ValidUtf8Prefix(text.substr(0, kMaxShown)));
  return absl::StrCat("'", absl::Utf8SafeCEscape(text), cut ? "..." : "", "'");
}

std::string NearestName(absl::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kMaxNameLength = 64;
  if (name.size() > kMaxNameLength) return "";
  std::string nearest;
  size_t distance = std::max<size_t>(1, name.size() / 3) + 1;  // what differs in more than a third is another word
  for (const std::string& candidate : known) {
    const size_t d = EditDistance(name, candidate);
    if (d < distance) {
      distance = d;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace accord
