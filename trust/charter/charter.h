// What the members of a federation agreed to (proto/accord/v1/charter.proto, docs/governance.md): a YAML file whose
// exact bytes are signed (signed_charter.h), pinned by their hash, and kept unchanged ever after.
//
// Adversary: whoever wrote the file or handed it over. Parse refuses what is not a charter, with every fault at once.
// What it lets through says nothing yet about who signed it: active_charter.h.
#pragma once

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/config/faults.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr size_t kMaxCharterBytes = size_t{1} << 20;
// What signatures over a charter are made for; also the prefix of its hash.
inline constexpr char kCharterDomain[] = "accord/v1/charter";

// Immutable, so thread-safe. Copies are deep; share it by pointer.
class Charter {
 public:
  // INVALID_ARGUMENT lists every fault as "FILE:LINE: FIELD: what is wrong"; `file` stands for the file there.
  static absl::StatusOr<Charter> Parse(std::string bytes, const std::string& file);

  const std::string& bytes() const { return bytes_; }
  // SHA-256(kCharterDomain || 0x00 || bytes): what sites pin, and what orders, approvals and transcripts name.
  const Sha256Digest& hash() const { return hash_; }
  const v1::Charter& terms() const { return terms_; }
  absl::Time not_before() const { return not_before_; }
  absl::Time expires() const { return expires_; }

  // nullptr: the charter does not name it.
  const v1::Person* FindPerson(absl::string_view id) const;
  const VerifyingKey* KeyOf(absl::string_view person) const;
  const v1::Purpose* FindPurpose(absl::string_view name) const;
  const v1::CharterDataSet* FindDataSet(absl::string_view name) const;
  bool HasOrganisation(absl::string_view name) const;
  // nullptr: the rule cannot be loosened.
  const v1::Loosening* FindLoosening(v1::Rule rule) const;

  // "the charter's floors.min_sites (line 31)": where a person finds what was broken.
  std::string Clause(absl::string_view path) const;

 private:
  Charter() = default;

  std::string bytes_;
  Sha256Digest hash_ = {};
  v1::Charter terms_;
  FieldPlaces places_;
  absl::Time not_before_;
  absl::Time expires_;
  absl::flat_hash_map<std::string, int> people_;  // places in terms_.people
  absl::flat_hash_map<std::string, VerifyingKey> keys_;
};

bool HasRole(const v1::Person& person, v1::Role role);
bool HasTag(const v1::Purpose& purpose, v1::Tag tag);
// Whether orders for this purpose need the rule's approvals. nullptr: a purpose that the charter does not name.
bool AppliesTo(const v1::ApprovalRule& rule, const v1::Purpose* purpose);
// As it is written in a charter: "steward".
std::string RoleName(v1::Role role);
std::string TagName(v1::Tag tag);
std::string RuleName(v1::Rule rule);

}  // namespace accord
