#include "trust/charter/charter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "base/config/yaml_reader.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/charter_rules.h"
#include "trust/charter/signature_lines.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/readable_text.h"

namespace accord {
namespace {

absl::Status CheckCharterBytes(absl::string_view bytes) {
  if (bytes.size() > kMaxCharterBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the charter has ", bytes.size(), " bytes; expected at most ", kMaxCharterBytes));
  }
  if (absl::StrContains(bytes, '\r')) {
    return absl::InvalidArgumentError(
        "the charter has carriage returns: a mail program or an editor changed its line ends; have it sent as an "
        "attachment that nothing converts");
  }
  if (bytes.empty() || bytes.back() != '\n') {
    return absl::InvalidArgumentError("the charter does not end with a whole line: it was cut off");
  }
  // Comments are signed too, and no field's rule sees them.
  ACCORD_RETURN_IF_ERROR(Annotate(CheckReadableText(bytes), "the charter"));
  if (absl::StrContains(absl::StrCat("\n", bytes), kSignaturesLine)) {
    return absl::InvalidArgumentError("the charter has a line 'signatures', where its own signatures would begin");
  }
  return absl::OkStatus();
}

template <typename Item>
const Item* FindNamed(const google::protobuf::RepeatedPtrField<Item>& items, absl::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name() == name; });
  return found == items.end() ? nullptr : &*found;
}

std::string EnumName(const google::protobuf::EnumDescriptor& type, int number) {
  const google::protobuf::EnumValueDescriptor* value = type.FindValueByNumber(number);
  return value == nullptr ? absl::StrCat(number) : EnumValueInFile(*value);
}

}  // namespace

absl::StatusOr<Charter> Charter::Parse(std::string bytes, const std::string& file) {
  ACCORD_RETURN_IF_ERROR(Annotate(CheckCharterBytes(bytes), file));
  Charter charter;
  charter.places_ = FieldPlaces(file);
  FaultList faults(&charter.places_);
  ReadYamlText(bytes, charter.terms_, charter.places_, faults);
  FaultList contradictions(&charter.places_);
  CheckCharter(charter.terms_, contradictions);
  faults.MergeUnrelated(contradictions);
  ACCORD_RETURN_IF_ERROR(faults.ToStatus());
  ACCORD_ASSIGN_OR_RETURN(charter.not_before_, ParseUtc(charter.terms_.not_before()));
  ACCORD_ASSIGN_OR_RETURN(charter.expires_, ParseUtc(charter.terms_.expires()));
  for (int i = 0; i < charter.terms_.people_size(); ++i) {
    const v1::Person& person = charter.terms_.people(i);
    std::string der;
    absl::Base64Unescape(person.key(), &der);
    ACCORD_ASSIGN_OR_RETURN(VerifyingKey key, VerifyingKey::FromDer(der));
    charter.people_.emplace(person.id(), i);
    charter.keys_.emplace(person.id(), std::move(key));
  }
  charter.hash_ = HashUnder(kCharterDomain, bytes);
  charter.bytes_ = std::move(bytes);
  return charter;
}

const v1::Person* Charter::FindPerson(absl::string_view id) const {
  const auto found = people_.find(id);
  return found == people_.end() ? nullptr : &terms_.people(found->second);
}

const VerifyingKey* Charter::KeyOf(absl::string_view person) const {
  const auto found = keys_.find(person);
  return found == keys_.end() ? nullptr : &found->second;
}

const v1::Purpose* Charter::FindPurpose(absl::string_view name) const { return FindNamed(terms_.purposes(), name); }

const v1::CharterDataSet* Charter::FindDataSet(absl::string_view name) const {
  return FindNamed(terms_.data_sets(), name);
}

bool Charter::HasOrganisation(absl::string_view name) const {
  return FindNamed(terms_.organisations(), name) != nullptr;
}

const v1::Loosening* Charter::FindLoosening(v1::Rule rule) const {
  const auto& entries = terms_.loosening();
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const v1::Loosening& entry) { return entry.rule() == rule; });
  return found == entries.end() ? nullptr : &*found;
}

std::string Charter::Clause(absl::string_view path) const {
  const int line = places_.LineOf(path);
  return absl::StrCat("the charter's ", path, line > 0 ? absl::StrCat(" (line ", line, ")") : "");
}

bool HasRole(const v1::Person& person, v1::Role role) {
  return std::find(person.roles().begin(), person.roles().end(), role) != person.roles().end();
}

bool HasTag(const v1::Purpose& purpose, v1::Tag tag) {
  return std::find(purpose.tags().begin(), purpose.tags().end(), tag) != purpose.tags().end();
}

bool AppliesTo(const v1::ApprovalRule& rule, const v1::Purpose* purpose) {
  return rule.tags().empty() ||
         (purpose != nullptr && std::any_of(rule.tags().begin(), rule.tags().end(),
                                            [&](int tag) { return HasTag(*purpose, static_cast<v1::Tag>(tag)); }));
}

std::string RoleName(v1::Role role) { return EnumName(*v1::Role_descriptor(), role); }
std::string TagName(v1::Tag tag) { return EnumName(*v1::Tag_descriptor(), tag); }
std::string RuleName(v1::Rule rule) { return EnumName(*v1::Rule_descriptor(), rule); }

}  // namespace accord
