#include "base/config/yaml_reader.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/config/rule_check.h"
#include "base/config/rule_text.h"
#include "base/config/rules.pb.h"
#include "base/config/yaml_tree.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

std::string KindText(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kSection:
      return "a section";
    case YamlNode::Kind::kText:
      return absl::StrCat(node.plain ? "" : "the text ", QuoteForFault(node.text));
    default:
      return "empty";
  }
}

std::vector<std::string> NamesOf(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (!type.field(i)->options().GetExtension(rules).not_from_file()) names.push_back(type.field(i)->name());
  }
  return names;
}

// A number in quotes is text, and infinities are no numbers that anybody means.
bool ParseScalar(const YamlNode& node, double& value) {
  return node.plain && absl::SimpleAtod(node.text, &value) && std::isfinite(value);
}
bool ParseScalar(const YamlNode& node, float& value) {
  return node.plain && absl::SimpleAtof(node.text, &value) && std::isfinite(value);
}
bool ParseScalar(const YamlNode& node, bool& value) {
  value = node.text == "true";
  return node.plain && (value || node.text == "false");
}
// Any scalar may be text: a level called 1 needs no quotes.
bool ParseScalar(const YamlNode& node, std::string& value) {
  value = node.text;
  return true;
}
// Digits and a sign: "1e3", "0x10" and "1_000" are not taken for whole numbers.
template <typename Whole>
bool ParseScalar(const YamlNode& node, Whole& value) {
  return node.plain && absl::SimpleAtoi(node.text, &value);
}

std::string ExpectedText(const FieldDescriptor& field) {
  const std::string range = RangeText(field.options().GetExtension(rules));
  return range.empty() ? TypeText(field) : absl::StrCat(TypeText(field), ", ", range);
}

// Walks tree and descriptor together. Types and names are checked here, values by CheckRules afterwards.
class TreeReader {
 public:
  TreeReader(FieldPlaces& places, FaultList& faults) : places_(places), faults_(faults) {}

  void ReadSection(const YamlNode& node, const std::string& path, Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    absl::flat_hash_map<std::string, int> lines;  // of the keys so far
    absl::flat_hash_map<const OneofDescriptor*, const YamlEntry*> chosen;
    for (const YamlEntry& entry : node.entries) {
      const std::string field_path = FieldPath(path, entry.key);
      if (const auto [first, is_new] = lines.try_emplace(entry.key, entry.line); !is_new) {
        faults_.AddAtLine(entry.line, field_path,
                          absl::StrCat("is written a second time (first in line ", first->second, "); keep one"));
        continue;
      }
      const FieldDescriptor* field = type.FindFieldByName(entry.key);
      if (field == nullptr) {
        faults_.AddAtLine(entry.line, field_path, UnknownText(entry.key, type));
        continue;
      }
      places_.Record(field_path, entry.line);
      if (field->options().GetExtension(rules).not_from_file()) {
        faults_.AddAtLine(entry.line, field_path, "is filled in by Accord; remove it from the file");
        continue;
      }
      if (const OneofDescriptor* choice = field->real_containing_oneof(); choice != nullptr) {
        if (const auto [first, is_new] = chosen.try_emplace(choice, &entry); !is_new) {
          faults_.AddAtLine(entry.line, field_path,
                            absl::StrCat("cannot stand beside ", first->second->key, " (line ", first->second->line,
                                         "); keep one of the two"));
          continue;
        }
      }
      ReadField(entry, *field, field_path, message);
    }
  }

 private:
  static std::string UnknownText(const std::string& key, const Descriptor& type) {
    const std::vector<std::string> known = NamesOf(type);
    if (const std::string nearest = NearestName(key, known); !nearest.empty()) {
      return absl::StrCat("is not a field here; did you mean ", nearest, "?");
    }
    if (known.empty()) return "is not a field here; this section has no fields, write {}";
    return absl::StrCat("is not a field here; expected one of ", absl::StrJoin(known, ", "));
  }

  void ReadField(const YamlEntry& entry, const FieldDescriptor& field, const std::string& path, Message& message) {
    if (!field.is_repeated()) {
      ReadValue(entry.value, field, path, entry.line, message);
      return;
    }
    if (entry.value.kind != YamlNode::Kind::kList) {
      WrongType(entry.value, absl::StrCat("a list, each item ", TypeText(field)), path, entry.line);
      return;
    }
    for (size_t i = 0; i < entry.value.items.size(); ++i) {
      const YamlNode& item = entry.value.items[i];
      const std::string item_path = ItemPath(path, static_cast<int>(i));
      places_.Record(item_path, item.line);
      ReadValue(item, field, item_path, item.line, message);
    }
  }

  void WrongType(const YamlNode& node, absl::string_view expected, const std::string& path, int line) {
    if (node.kind == YamlNode::Kind::kRefused) return;  // told already
    faults_.AddAtLine(line, path, absl::StrCat("is ", KindText(node), "; expected ", expected));
  }

  void ReadValue(const YamlNode& node, const FieldDescriptor& field, const std::string& path, int line,
                 Message& message) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      ReadScalar(node, field, path, line, message);
      return;
    }
    const Reflection& reflection = *message.GetReflection();
    Message* section =
        field.is_repeated() ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field);
    if (node.kind == YamlNode::Kind::kText || node.kind == YamlNode::Kind::kList) {
      WrongType(node, TypeText(field), path, line);
    } else {
      ReadSection(node, path, *section);  // nothing after the key is an empty section
    }
  }

  void ReadScalar(const YamlNode& node, const FieldDescriptor& field, const std::string& path, int line,
                  Message& message) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return Store(Parse<std::string>(node, field, path, line), field, message, &Reflection::SetString,
                     &Reflection::AddString);
      case FieldDescriptor::CPPTYPE_BOOL:
        return Store(Parse<bool>(node, field, path, line), field, message, &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Store(ParseEnum(node, field, path, line), field, message, &Reflection::SetEnumValue,
                     &Reflection::AddEnumValue);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Store(Parse<double>(node, field, path, line), field, message, &Reflection::SetDouble,
                     &Reflection::AddDouble);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return Store(Parse<float>(node, field, path, line), field, message, &Reflection::SetFloat,
                     &Reflection::AddFloat);
      case FieldDescriptor::CPPTYPE_INT32:
        return Store(Parse<int32_t>(node, field, path, line), field, message, &Reflection::SetInt32,
                     &Reflection::AddInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return Store(Parse<int64_t>(node, field, path, line), field, message, &Reflection::SetInt64,
                     &Reflection::AddInt64);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Store(Parse<uint32_t>(node, field, path, line), field, message, &Reflection::SetUInt32,
                     &Reflection::AddUInt32);
      case FieldDescriptor::CPPTYPE_UINT64:
        return Store(Parse<uint64_t>(node, field, path, line), field, message, &Reflection::SetUInt64,
                     &Reflection::AddUInt64);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return;
    }
  }

  // The value 0 where the node is at fault: it is stored all the same, so that items keep their places and a choice
  // counts as made.
  template <typename Value>
  Value Parse(const YamlNode& node, const FieldDescriptor& field, const std::string& path, int line) {
    Value value{};
    if (node.kind == YamlNode::Kind::kText && ParseScalar(node, value)) return value;
    WrongType(node, ExpectedText(field), path, line);
    return Value{};
  }

  int ParseEnum(const YamlNode& node, const FieldDescriptor& field, const std::string& path, int line) {
    const EnumDescriptor& type = *field.enum_type();
    for (int i = 0; i < type.value_count(); ++i) {
      const bool may_be_written = type.value(i)->number() != 0;
      if (may_be_written && node.kind == YamlNode::Kind::kText && node.text == EnumValueInFile(*type.value(i))) {
        return type.value(i)->number();
      }
    }
    WrongType(node, TypeText(field), path, line);
    return 0;
  }

  template <typename Value>
  static void Store(Value value, const FieldDescriptor& field, Message& message,
                    void (Reflection::*set)(Message*, const FieldDescriptor*, Value) const,
                    void (Reflection::*add)(Message*, const FieldDescriptor*, Value) const) {
    const Reflection& reflection = *message.GetReflection();
    (reflection.*(field.is_repeated() ? add : set))(&message, &field, std::move(value));
  }

  FieldPlaces& places_;
  FaultList& faults_;
};

void ReadInto(absl::string_view text, const YamlLimits& limits, Message& message, FieldPlaces& places,
              FaultList& faults) {
  const YamlNode root = ParseYamlTree(text, limits, faults);
  places.Record("", 1);
  if (root.kind == YamlNode::Kind::kSection) {
    TreeReader(places, faults).ReadSection(root, "", message);
  } else if (root.kind != YamlNode::Kind::kRefused) {
    faults.AddAtLine(root.line, "",
                     absl::StrCat("the file is ", KindText(root), "; expected fields, as in \"name: value\""));
  }
  FaultList broken_rules(&places);
  CheckRules(message, broken_rules);
  faults.MergeUnrelated(broken_rules);
}

}  // namespace

absl::Status ReadYamlText(absl::string_view text, const std::string& name, Message& message, FieldPlaces* places,
                          const YamlLimits& limits) {
  FieldPlaces own_places(name);
  FaultList faults(&own_places);
  ReadInto(text, limits, message, own_places, faults);
  const absl::Status status = faults.ToStatus();
  if (places != nullptr) *places = std::move(own_places);
  return status;
}

absl::Status ReadYamlFile(const std::string& path, Message& message, FieldPlaces* places) {
  FieldPlaces own_places(path);
  FaultList faults(&own_places);
  ACCORD_RETURN_IF_ERROR(ReadYamlFile(path, message, own_places, faults));
  const absl::Status status = faults.ToStatus();
  if (places != nullptr) *places = std::move(own_places);
  return status;
}

absl::Status ReadYamlFile(const std::string& path, Message& message, FieldPlaces& places, FaultList& faults) {
  const YamlLimits limits;
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, limits.max_bytes));
  ReadInto(text, limits, message, places, faults);
  return absl::OkStatus();
}

void ReadYamlText(absl::string_view text, Message& message, FieldPlaces& places, FaultList& faults) {
  ReadInto(text, YamlLimits(), message, places, faults);
}

}  // namespace accord
