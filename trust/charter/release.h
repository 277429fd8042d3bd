// "This data set may be read here, for these purposes, in this version, until then": what the owner of a site's rows
// signs, a steward of the site's organisation. The next one of the same data set replaces it; one without purposes
// withdraws the data set.
//
//   accord-release-v1
//   charter: HEX            hash of the charter whose purposes it names
//   site: ID                at which it holds
//   organisation: TEXT      the site's, to the letter as in the roster
//   data set: NAME          as in the charter
//   version: HEX|any        hash of its version (data_version.h); any: whatever its content is
//   purposes: NAME, NAME|none   of the charter, by ascending bytes, each once; none: the data set is withdrawn
//   steward: ID             a person of the charter
//   time: TIME              by that person's clock; a later one replaces it
//   expires: TIME           at most kLongestReleaseDays after `time`
//
// Signed in the domain accord/v1/release. Adversary: whoever handed over the bytes, the site's operator included.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"

namespace accord {

inline constexpr char kReleaseDomain[] = "accord/v1/release";
inline constexpr size_t kMaxReleasePurposes = 64;  // as of a charter
inline constexpr int kLongestReleaseDays = 366;

struct Release {
  Sha256Digest charter{};
  std::string site;
  std::string organisation;
  std::string data_set;
  std::optional<Sha256Digest> version;  // nullopt: any
  std::vector<std::string> purposes;    // empty: withdrawn
  std::string steward;
  absl::Time time;
  absl::Time expires;

  bool Names(absl::string_view purpose) const;
  friend bool operator==(const Release&, const Release&) = default;
};

// INVALID_ARGUMENT: what ParseRelease would not take.
absl::StatusOr<std::string> WriteRelease(const Release& release);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<Release> ParseRelease(absl::string_view bytes);
// SHA-256(kReleaseDomain || 0x00 || bytes): what refusals and postures name.
Sha256Digest ReleaseHash(absl::string_view bytes);

// "heart at va for risk-of-disease, in any version, until 2027-09-01T00:00:00Z, by clara".
std::string ReleaseInWords(const Release& release);

}  // namespace accord
