#include "base/config/rule_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "base/config/rule_text.h"
#include "base/config/rules.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "re2/re2.h"

namespace accord {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Limits where a field's rules give none: no configuration needs more.
constexpr uint32_t kDefaultMaxBytes = 4096;
constexpr uint32_t kDefaultMaxItems = 100'000;

// A field's pattern, compiled once in the process: there are as many as the schemas write, and compiling one costs more
// than a whole message's other checks. Thread-safe.
const RE2& Compiled(const std::string& pattern) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto& compiled = *new std::map<std::string, std::unique_ptr<const RE2>>();
  absl::MutexLock lock(&mutex);
  std::unique_ptr<const RE2>& entry = compiled[pattern];
  if (entry == nullptr) entry = std::make_unique<const RE2>(pattern, RE2::Quiet);
  return *entry;
}

// One value of a field, singular or an item of a list.
class FieldValue {
 public:
  FieldValue(const Message& message, const FieldDescriptor& field, int index)
      : message_(message), reflection_(*message.GetReflection()), field_(field), index_(index) {}

  std::string Text() const {
    return index_ < 0 ? reflection_.GetString(message_, &field_)
                      : reflection_.GetRepeatedString(message_, &field_, index_);
  }
  const Message& Section() const {
    return index_ < 0 ? reflection_.GetMessage(message_, &field_)
                      : reflection_.GetRepeatedMessage(message_, &field_, index_);
  }
  int EnumNumber() const {
    return index_ < 0 ? reflection_.GetEnumValue(message_, &field_)
                      : reflection_.GetRepeatedEnumValue(message_, &field_, index_);
  }
  // Exact up to 2^53; no rule has a bound beyond that.
  double Number() const;

 private:
  template <typename Get, typename GetRepeated>
  double As(Get get, GetRepeated get_repeated) const {
    return static_cast<double>(index_ < 0 ? (reflection_.*get)(message_, &field_)
                                          : (reflection_.*get_repeated)(message_, &field_, index_));
  }

  const Message& message_;
  const Reflection& reflection_;
  const FieldDescriptor& field_;
  const int index_;  // -1: singular
};

double FieldValue::Number() const {
  switch (field_.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return As(&Reflection::GetInt32, &Reflection::GetRepeatedInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return As(&Reflection::GetInt64, &Reflection::GetRepeatedInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return As(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return As(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return As(&Reflection::GetFloat, &Reflection::GetRepeatedFloat);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return As(&Reflection::GetDouble, &Reflection::GetRepeatedDouble);
    default:
      return 0;
  }
}

bool IsNumber(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_BOOL:
      return false;
    default:
      return true;
  }
}

std::string MissingText(const FieldDescriptor& field, const FieldRules& rules) {
  std::string text = absl::StrCat("is missing; expected ", TypeText(field));
  if (!rules.help().empty()) absl::StrAppend(&text, " (", rules.help(), ")");
  if (!rules.example().empty()) absl::StrAppend(&text, ", for example ", rules.example());
  return text;
}

class RuleChecker {
 public:
  explicit RuleChecker(FaultList& faults) : faults_(faults) {}

  void CheckSection(const Message& message, const std::string& path) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string field_path = FieldPath(path, field.name());
      if (field.is_repeated()) {
        CheckList(message, field, field_path);
      } else {
        CheckSingle(message, field, field_path);
      }
    }
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) CheckChoice(message, *type.oneof_decl(i), path);
  }

 private:
  bool Wrote(const std::string& path) const { return faults_.places() != nullptr && faults_.places()->Wrote(path); }

  void CheckChoice(const Message& message, const OneofDescriptor& choice, const std::string& path) {
    if (!choice.options().GetExtension(oneof_rules).required()) return;
    if (message.GetReflection()->HasOneof(message, &choice)) return;
    std::vector<std::string> names;
    for (int i = 0; i < choice.field_count(); ++i) {
      names.push_back(choice.field(i)->name());
      if (Wrote(FieldPath(path, names.back()))) return;  // written, but wrongly: that fault is known
    }
    faults_.Add(FieldPath(path, choice.name()), absl::StrCat("is missing; write one of ", absl::StrJoin(names, ", ")));
  }

  void CheckSingle(const Message& message, const FieldDescriptor& field, const std::string& path) {
    const FieldRules& field_rules = field.options().GetExtension(rules);
    const bool present = message.GetReflection()->HasField(message, &field);  // without presence: is not the default
    if (!present && !Wrote(path)) {
      // A number from a peer is never missing: 0 is a number, and its range is checked below.
      const bool may_be_zero = IsNumber(field) && faults_.places() == nullptr && !field.has_presence();
      if (!field_rules.required()) return;
      if (!may_be_zero) {
        faults_.Add(path, MissingText(field, field_rules));
        return;
      }
    }
    if (!present && field.has_presence()) return;  // written, but wrongly
    if (!present && field_rules.required() && field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      faults_.Add(path, "is empty; expected text");
      return;
    }
    CheckValue(FieldValue(message, field, -1), field, field_rules, path);
  }

  void CheckList(const Message& message, const FieldDescriptor& field, const std::string& path) {
    const FieldRules& field_rules = field.options().GetExtension(rules);
    const int size = message.GetReflection()->FieldSize(message, &field);
    const uint32_t max_items = field_rules.has_max_items() ? field_rules.max_items() : kDefaultMaxItems;
    const uint32_t min_items = std::max<uint32_t>(field_rules.min_items(), field_rules.required() ? 1 : 0);
    if (static_cast<uint32_t>(size) < min_items) {
      faults_.Add(path, size == 0 && !Wrote(path)
                            ? MissingText(field, field_rules)
                            : absl::StrCat("has ", size, " items; expected at least ", min_items));
    }
    if (static_cast<uint32_t>(size) > max_items) {
      faults_.Add(path, absl::StrCat("has ", size, " items; expected at most ", max_items));
      return;
    }
    for (int i = 0; i < size; ++i) {
      CheckValue(FieldValue(message, field, i), field, field_rules, ItemPath(path, i));
    }
  }

  void CheckValue(const FieldValue& value, const FieldDescriptor& field, const FieldRules& field_rules,
                  const std::string& path) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CheckSection(value.Section(), path);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      CheckText(value.Text(), field_rules, path);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      if (field.enum_type()->FindValueByNumber(value.EnumNumber()) == nullptr) {
        faults_.Add(path, absl::StrCat("has the unknown value ", value.EnumNumber(), "; expected ", TypeText(field)));
      }
    } else if (IsNumber(field)) {
      CheckNumber(value.Number(), field_rules, path);
    }
  }

  void CheckNumber(double number, const FieldRules& field_rules, const std::string& path) {
    if (!std::isfinite(number)) {
      faults_.Add(path, "is not a finite number");
      return;
    }
    const bool too_small = field_rules.has_min() &&
                           (number < field_rules.min() || (field_rules.above_min() && number == field_rules.min()));
    if (too_small || (field_rules.has_max() && number > field_rules.max())) {
      faults_.Add(path, absl::StrCat("is ", NumberText(number), "; expected ", RangeText(field_rules)));
    }
  }

  void CheckText(const std::string& text, const FieldRules& field_rules, const std::string& path) {
    const uint32_t max_bytes = field_rules.has_max_bytes() ? field_rules.max_bytes() : kDefaultMaxBytes;
    if (text.size() > max_bytes) {
      faults_.Add(path, absl::StrCat("has ", text.size(), " bytes; expected at most ", max_bytes));
      return;
    }
    if (field_rules.pattern().empty()) return;
    if (RE2::FullMatch(text, Compiled(field_rules.pattern()))) return;
    std::string expected = absl::StrCat("is ", QuoteForFault(text), "; expected the form ", field_rules.pattern());
    if (!field_rules.example().empty()) absl::StrAppend(&expected, ", for example ", field_rules.example());
    faults_.Add(path, expected);
  }

  FaultList& faults_;
};

void CheckUnknown(const Message& message, const std::string& path, FaultList& faults) {
  const Reflection& reflection = *message.GetReflection();
  if (const auto& unknown = reflection.GetUnknownFields(message); !unknown.empty()) {
    faults.Add(path, absl::StrCat("has field number ", unknown.field(0).number(),
                                  ", which this version of Accord does not know; update Accord, or remove it"));
  }
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string field_path = FieldPath(path, field->name());
    if (!field->is_repeated()) {
      CheckUnknown(reflection.GetMessage(message, field), field_path, faults);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      CheckUnknown(reflection.GetRepeatedMessage(message, field, i), ItemPath(field_path, i), faults);
    }
  }
}

}  // namespace

void CheckRules(const Message& message, FaultList& faults) { RuleChecker(faults).CheckSection(message, ""); }

void CheckNoUnknownFields(const Message& message, FaultList& faults) { CheckUnknown(message, "", faults); }

}  // namespace accord
