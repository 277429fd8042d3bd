// Names in a transparency log that only an auditor can read. The entry holds a commitment:
//
//   SHA-256("accord/v1/log-name" || 0x00 || salt[32] || u8 role || name)
//
// Salt and name, its opening, are kept apart from the log and shown to whoever may know. Nobody who does not have the
// salt learns more than that there is a name: the salt is 32 fresh random bytes for each name of each entry, so that
// not even equal names look alike, and guessing names helps nobody. Nobody can open a commitment as another name
// without a collision of SHA-256. Once an opening is deleted the name is gone, and the log still verifies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/entropy.h"
#include "base/hash.h"

namespace accord {

inline constexpr size_t kMaxCommittedNameBytes = 256;

// Numbers are part of the format.
enum class NameRole : uint8_t { kPerson = 1, kSite = 2, kOrganisation = 3, kDataSet = 4, kProject = 5 };
// "person", "site" and so on; empty for what is no role.
absl::string_view NameRoleWord(NameRole role);

// What an entry holds of a name.
struct CommittedName {
  NameRole role = NameRole::kPerson;
  Sha256Digest commitment = {};

  friend bool operator==(const CommittedName&, const CommittedName&) = default;
};

// What opens it.
struct NameOpening {
  NameRole role = NameRole::kPerson;
  std::string name;
  std::array<uint8_t, 32> salt = {};

  // A fresh one. INVALID_ARGUMENT: CheckCommittedName; INTERNAL: no random bytes.
  static absl::StatusOr<NameOpening> Draw(NameRole role, absl::string_view name, EntropySource& entropy);

  CommittedName Commit() const;

  friend bool operator==(const NameOpening&, const NameOpening&) = default;
};

// INVALID_ARGUMENT unless 1 to 256 bytes of UTF-8 without control characters.
absl::Status CheckCommittedName(absl::string_view name);

}  // namespace accord
