#include "trust/charter/charter_names.h"

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "trust/charter/names_alike.h"
#include "trust/identity/signing.h"
#include "trust/roster/display_name.h"
#include "trust/roster/readable_text.h"

namespace accord {
namespace {

using google::protobuf::FieldDescriptor;

// Names of one kind as they come, with where each stood.
class DistinctNames {
 public:
  DistinctNames(absl::string_view kind, FaultList& faults) : kind_(kind), faults_(faults) {}

  void Add(const std::string& name, const std::string& path) {
    const auto [first, is_new] = by_look_.try_emplace(LookAlikeKey(name), name);
    if (is_new) return;
    faults_.Add(path, first->second == name
                          ? absl::StrCat("names the same ", kind_, " a second time; keep one")
                          : absl::StrCat("looks like the name of another ", kind_,
                                         " in this charter; give one of them a name that nobody takes for the other"));
  }

 private:
  const std::string kind_;
  FaultList& faults_;
  absl::flat_hash_map<std::string, std::string> by_look_;
};

void CheckShownName(const std::string& name, const std::string& path, FaultList& faults) {
  if (const absl::Status readable = CheckDisplayName(name); !readable.ok()) {
    faults.Add(path, std::string(readable.message()));
  } else if (const absl::Status script = CheckOneScript(name); !script.ok()) {
    faults.Add(path, std::string(script.message()));
  }
}

void CheckPeopleOf(const v1::Charter& charter, const absl::flat_hash_set<std::string>& organisations,
                   FaultList& faults) {
  DistinctNames ids("person", faults);
  DistinctNames names("person", faults);
  absl::flat_hash_map<std::string, std::string> owners;  // of keys
  for (int i = 0; i < charter.people_size(); ++i) {
    const v1::Person& person = charter.people(i);
    const std::string path = ItemPath("people", i);
    ids.Add(person.id(), FieldPath(path, "id"));
    CheckShownName(person.name(), FieldPath(path, "name"), faults);
    names.Add(person.name(), FieldPath(path, "name"));
    if (!organisations.contains(person.organisation())) {
      faults.Add(FieldPath(path, "organisation"), "is not the name of one of organisations, to the letter");
    }
    absl::flat_hash_set<int> roles;
    for (const int role : person.roles()) {
      if (!roles.insert(role).second) faults.Add(FieldPath(path, "roles"), "names a role a second time; keep one");
    }
    std::string der;
    // The decoder also takes other spellings.
    if (!absl::Base64Unescape(person.key(), &der) || absl::Base64Escape(der) != person.key() ||
        !VerifyingKey::FromDer(der).ok()) {
      faults.Add(FieldPath(path, "key"), "is not the base64 of an ECDSA P-256 public key in DER form");
    } else if (const auto [owner, is_new] = owners.emplace(der, person.id()); !is_new) {
      faults.Add(FieldPath(path, "key"),
                 absl::StrCat("is the key of ", owner->second, " too; two people have two keys"));
    }
  }
}

void CheckDataSets(const v1::Charter& charter, const absl::flat_hash_set<std::string>& purposes, FaultList& faults) {
  DistinctNames names("data set", faults);
  for (int i = 0; i < charter.data_sets_size(); ++i) {
    const v1::CharterDataSet& data_set = charter.data_sets(i);
    const std::string path = ItemPath("data_sets", i);
    names.Add(data_set.name(), FieldPath(path, "name"));
    for (int j = 0; j < data_set.purposes_size(); ++j) {
      if (!purposes.contains(data_set.purposes(j))) {
        faults.Add(ItemPath(FieldPath(path, "purposes"), j), "is not the name of one of purposes");
      }
    }
  }
}

void CheckTextsIn(const google::protobuf::Message& message, const std::string& path, FaultList& faults) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  const auto check = [&faults](const std::string& text, const std::string& where) {
    if (const absl::Status readable = CheckReadableText(text); !readable.ok()) {
      faults.Add(where, absl::StrCat("is not to be read: ", std::string(readable.message())));
    }
  };
  for (const FieldDescriptor* field : fields) {
    const std::string field_path = FieldPath(path, field->name());
    const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const bool is_section = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!field->is_repeated()) {
      if (is_text) check(reflection.GetString(message, field), field_path);
      if (is_section) CheckTextsIn(reflection.GetMessage(message, field), field_path, faults);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const std::string item_path = ItemPath(field_path, i);
      if (is_text) check(reflection.GetRepeatedString(message, field, i), item_path);
      if (is_section) CheckTextsIn(reflection.GetRepeatedMessage(message, field, i), item_path, faults);
    }
  }
}

}  // namespace

void CheckCharterTexts(const v1::Charter& charter, FaultList& faults) { CheckTextsIn(charter, "", faults); }

void CheckCharterNames(const v1::Charter& charter, FaultList& faults) {
  DistinctNames purpose_names("purpose", faults);
  absl::flat_hash_set<std::string> purposes;
  for (int i = 0; i < charter.purposes_size(); ++i) {
    purpose_names.Add(charter.purposes(i).name(), FieldPath(ItemPath("purposes", i), "name"));
    purposes.insert(charter.purposes(i).name());
  }
  DistinctNames organisation_names("organisation", faults);
  absl::flat_hash_set<std::string> organisations;
  for (int i = 0; i < charter.organisations_size(); ++i) {
    const std::string& name = charter.organisations(i).name();
    const std::string path = FieldPath(ItemPath("organisations", i), "name");
    CheckShownName(name, path, faults);
    organisation_names.Add(name, path);
    organisations.insert(name);
  }
  CheckPeopleOf(charter, organisations, faults);
  CheckDataSets(charter, purposes, faults);
}

}  // namespace accord
