// Who is in the federation: each site with its organisation and its public key. Every listed site signs exactly these
// bytes (signed_roster.h) and pins their hash; nobody's word for a peer's key counts but the roster's.
//
// The bytes are a text that a security officer can read, UTF-8, each line ended by one LF:
//
//   accord-roster-v1
//   federation: NAME
//   site: ID | organisation: NAME | key: BASE64        one line a site, by ascending bytes of the ID
//
// KEY: the SubjectPublicKeyInfo of an ECDSA P-256 key in its one DER form (trust/identity/signing.h). Names: as in
// display_name.h. One roster has one spelling: no other line, no comment, no site and no key twice.
//
// Adversary: whoever made the file or handed it over. Anything but the above is refused, with the line and the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr size_t kMaxRosterSites = 100'000;
inline constexpr size_t kMaxRosterBytes = size_t{36} << 20;  // what so many sites of the longest names take
// What a site's signature over a roster's bytes is made for; also the prefix of the roster's hash.
inline constexpr char kRosterDomain[] = "accord/v1/roster";

// What is written down of a site.
struct RosterEntry {
  std::string site;
  std::string organisation;
  std::string public_key_der;
};

struct RosterSite {
  std::string site;
  std::string organisation;
  std::string public_key_der;
  VerifyingKey key;  // the same key, ready to verify
};

// Immutable, so thread-safe. Copies are deep; share it by pointer.
class Roster {
 public:
  // INVALID_ARGUMENT with the number of the line for whatever is not the format above. Takes about 0.3 ms a site,
  // nearly all of it in OpenSSL's check of the key.
  static absl::StatusOr<Roster> Parse(std::string bytes);
  // The bytes that list these sites, in any order. INVALID_ARGUMENT: what Parse would not take.
  static absl::StatusOr<std::string> Write(absl::string_view federation, std::vector<RosterEntry> entries);

  // SHA-256(kRosterDomain || 0x00 || bytes): what sites pin and what transcripts name.
  const Sha256Digest& hash() const { return hash_; }
  const std::string& bytes() const { return bytes_; }
  const std::string& federation() const { return federation_; }
  // By ascending bytes of the site's id.
  const std::vector<RosterSite>& sites() const { return sites_; }
  // nullptr: not listed.
  const RosterSite* Find(absl::string_view site) const;

  // Of `sites`, each named once. NOT_FOUND names one that is not listed: an unknown site is nobody's.
  absl::StatusOr<uint32_t> NumOrganisations(absl::Span<const std::string> sites) const;
  // The most of these sites that any `num_organisations` organisations own together (C of the secure sum).
  absl::StatusOr<uint32_t> MostSitesOwnedBy(uint32_t num_organisations, absl::Span<const std::string> sites) const;

 private:
  Roster() = default;
  absl::Status ReadLines();
  absl::Status AddSite(absl::string_view line);
  // How many of `sites` each organisation owns, the most first.
  absl::StatusOr<std::vector<uint32_t>> SitesOfOrganisations(absl::Span<const std::string> sites) const;

  std::string bytes_;
  Sha256Digest hash_ = {};
  std::string federation_;
  std::vector<RosterSite> sites_;
};

}  // namespace accord
