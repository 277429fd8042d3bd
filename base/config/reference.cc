#include "base/config/reference.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/config/rule_text.h"
#include "base/config/rules.pb.h"

namespace accord {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

std::string ItemsText(const FieldRules& field_rules) {
  std::vector<std::string> parts;
  if (field_rules.has_min_items()) parts.push_back(absl::StrCat("at least ", field_rules.min_items()));
  if (field_rules.has_max_items()) parts.push_back(absl::StrCat("at most ", field_rules.max_items()));
  return parts.empty() ? "" : absl::StrCat(absl::StrJoin(parts, " and "), " items");
}

// "list of text, required, at most 16 items, at most 64 bytes"
std::string FactsText(const FieldDescriptor& field, const FieldRules& field_rules) {
  const std::string type = TypeText(field);
  std::vector<std::string> facts = {field.is_repeated() ? absl::StrCat("list, each item ", type) : type};
  if (field_rules.required()) facts.push_back("required");
  if (const std::string items = ItemsText(field_rules); !items.empty()) facts.push_back(items);
  if (const std::string range = RangeText(field_rules); !range.empty()) facts.push_back(range);
  if (field_rules.has_max_bytes()) facts.push_back(absl::StrCat("at most ", field_rules.max_bytes(), " bytes"));
  if (!field_rules.pattern().empty()) facts.push_back(absl::StrCat("of the form `", field_rules.pattern(), "`"));
  return absl::StrJoin(facts, ", ");
}

class ReferenceWriter {
 public:
  std::string Take() { return std::move(text_); }

  void WriteSection(const Descriptor& type, int depth) {
    if (!open_.insert(&type).second) return;  // a section within itself is written once
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const OneofDescriptor* choice = field.real_containing_oneof();
      if (choice == nullptr) {
        WriteField(field, depth);
      } else if (choice->field(0) == &field) {
        WriteChoice(*choice, depth);
      }
    }
    open_.erase(&type);
  }

 private:
  void WriteChoice(const OneofDescriptor& choice, int depth) {
    const bool required = choice.options().GetExtension(oneof_rules).required();
    WriteLine(depth, required ? "exactly one of:" : "at most one of:");
    for (int i = 0; i < choice.field_count(); ++i) WriteField(*choice.field(i), depth + 1);
  }

  void WriteField(const FieldDescriptor& field, int depth) {
    const FieldRules& field_rules = field.options().GetExtension(rules);
    if (field_rules.not_from_file()) return;
    std::string line = absl::StrCat("`", field.name(), "`: ", FactsText(field, field_rules));
    if (!field_rules.help().empty()) absl::StrAppend(&line, " - ", field_rules.help());
    if (!field_rules.default_value().empty()) absl::StrAppend(&line, "; default: ", field_rules.default_value());
    if (!field_rules.example().empty()) absl::StrAppend(&line, "; example: `", field_rules.example(), "`");
    WriteLine(depth, line);
    if (field.message_type() != nullptr) WriteSection(*field.message_type(), depth + 1);
  }

  void WriteLine(int depth, absl::string_view line) {
    absl::StrAppend(&text_, std::string(2 * static_cast<size_t>(depth), ' '), "- ", line, "\n");
  }

  std::string text_;
  std::set<const Descriptor*> open_;
};

}  // namespace

std::string ConfigReference(const Descriptor& message) {
  ReferenceWriter writer;
  writer.WriteSection(message, 0);
  return writer.Take();
}

}  // namespace accord
