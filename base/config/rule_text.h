// The schema's types and rules in words, for faults and for the reference.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/config/rules.pb.h"
#include "google/protobuf/descriptor.h"

namespace accord {

// "text", "a number", "a whole number", "true or false", "one of none, federated, per_site", "a section"; of one item
// where the field is repeated.
std::string TypeText(const google::protobuf::FieldDescriptor& field);

// "at least 1 and at most 16", "above 0", or nothing where the rules give no range.
std::string RangeText(const FieldRules& rules);

// Whole numbers without exponent, others in the shortest usual form.
std::string NumberText(double value);

// How an enum value is written in a file: in lower case, without the type's name in front.
std::string EnumValueInFile(const google::protobuf::EnumValueDescriptor& value);
// All that may be written, in the order of the schema; the value 0 ("unspecified") may not.
std::vector<std::string> EnumValuesInFile(const google::protobuf::EnumDescriptor& type);

// A piece of what a person wrote, in quotes, shortened and safe to print.
std::string QuoteForFault(absl::string_view text);

// The name among `known` that `name` was probably meant to be, or nothing.
std::string NearestName(absl::string_view name, const std::vector<std::string>& known);

}  // namespace accord
