// Who is in the federation: sites with their organisations and public keys, people with their roles and keys, and the
// keys that are good no longer. Sites pin the hash of exactly these bytes; nobody's word for a peer's key counts but
// the roster's.
//
// The bytes are a text that a security officer can read, UTF-8, each line ended by one LF:
//
//   accord-roster-v2
//   federation: NAME
//   version: N                                         1 in the first, and one more in each that follows
//   previous: HEX                                      hash of the one before; the first has no such line
//   quorum: M                                          organisations that make the next one hold
//   valid until: TIME                                  nothing runs under it from then on; UTC
//   organisation: NAME                                 one line each, by ascending bytes
//   site: ID | organisation: NAME | key: BASE64        by ascending bytes of the ID
//   person: ID | name: NAME | organisation: NAME | roles: ROLE, ROLE | key: BASE64        likewise
//   revoked site: ID | key: BASE64 | reason: TEXT      by ascending bytes of the ID, then of the key
//   revoked person: ID | key: BASE64 | reason: TEXT
//
// KEY: the SubjectPublicKeyInfo of an ECDSA P-256 key in its one DER form (trust/identity/signing.h). Names and
// reasons: as in display_name.h. Roles: in the order of charter.proto. One roster has one spelling: no other line, no
// comment, nobody and no key twice, and no revoked key among the others.
//
// M is more than half of the organisations that have sites: of any two rosters that could follow this one, some
// organisation has then signed both (roster_fork.h).
//
// The earlier format stays as it is: `accord-roster-v1`, the federation, and the lines of the sites. It counts as
// version 1 with a quorum of all its organisations, and it never ends.
//
// Adversary: whoever made the file or handed it over. Anything but the above is refused, with the line and the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr size_t kMaxRosterSites = 100'000;
inline constexpr size_t kMaxRosterPeople = 10'000;
inline constexpr size_t kMaxRevokedKeys = 100'000;
inline constexpr uint32_t kMaxRosterVersion = 1'000'000;
inline constexpr size_t kMaxRosterBytes = size_t{36} << 20;  // what so many sites of the longest names take
// What a site's signature over a roster's bytes is made for; also the prefix of the roster's hash.
inline constexpr char kRosterDomain[] = "accord/v1/roster";

// What is written down of a site.
struct RosterEntry {
  std::string site;
  std::string organisation;
  std::string public_key_der;

  friend bool operator==(const RosterEntry&, const RosterEntry&) = default;
};

struct RosterPerson {
  std::string id;
  std::string name;  // as colleagues know the person
  std::string organisation;
  std::vector<v1::Role> roles;
  std::string public_key_der;

  friend bool operator==(const RosterPerson&, const RosterPerson&) = default;
};

// A key that is good no longer, and was once that of a site or a person.
struct RevokedKey {
  bool of_site = true;
  std::string id;
  std::string public_key_der;
  std::string reason;

  friend bool operator==(const RevokedKey&, const RevokedKey&) = default;
};

// What a roster of the second format says, in any order.
struct RosterTerms {
  std::string federation;
  uint32_t version = 1;
  std::optional<Sha256Digest> previous;
  uint32_t quorum = 0;
  absl::Time valid_until;
  std::vector<std::string> organisations;
  std::vector<RosterEntry> sites;
  std::vector<RosterPerson> people;
  std::vector<RevokedKey> revoked;
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
  // INVALID_ARGUMENT with the number of the line for whatever is not the format above. Takes about 0.3 ms a key,
  // nearly all of it in OpenSSL's check of the key.
  static absl::StatusOr<Roster> Parse(std::string bytes);
  // The bytes of the earlier format that list these sites, in any order. INVALID_ARGUMENT: what Parse would not take.
  static absl::StatusOr<std::string> Write(absl::string_view federation, std::vector<RosterEntry> entries);
  static absl::StatusOr<std::string> Write(const RosterTerms& terms);

  // SHA-256(kRosterDomain || 0x00 || bytes): what sites pin and what transcripts name.
  const Sha256Digest& hash() const { return hash_; }
  const std::string& bytes() const { return bytes_; }
  const std::string& federation() const { return terms_.federation; }
  uint32_t version() const { return terms_.version; }
  // nullopt: the first one, which every site signs and pins by hand.
  const std::optional<Sha256Digest>& previous() const { return terms_.previous; }
  // Organisations that make the next one hold.
  uint32_t quorum() const { return terms_.quorum; }
  // InfiniteFuture in the earlier format.
  absl::Time valid_until() const { return terms_.valid_until; }
  // By ascending bytes of the name.
  const std::vector<std::string>& organisations() const { return terms_.organisations; }
  // By ascending bytes of the site's id.
  const std::vector<RosterSite>& sites() const { return sites_; }
  // nullptr: not listed.
  const RosterSite* Find(absl::string_view site) const;
  // By ascending bytes of the id.
  const std::vector<RosterPerson>& people() const { return terms_.people; }
  const RosterPerson* FindPerson(absl::string_view id) const;
  const std::vector<RevokedKey>& revoked() const { return terms_.revoked; }
  // nullptr: the key is not revoked.
  const RevokedKey* FindRevoked(absl::string_view public_key_der) const;
  // Of a site that is not listed (any more); nullptr: its key was not revoked, or it is listed with another one.
  const RevokedKey* ShutOut(absl::string_view site) const;
  // For whoever drafts the next one.
  RosterTerms terms() const;

  // Of `sites`, each named once. NOT_FOUND names one that is not listed: an unknown site is nobody's.
  absl::StatusOr<uint32_t> NumOrganisations(absl::Span<const std::string> sites) const;
  // The most of these sites that any `num_organisations` organisations own together (C of the secure sum).
  absl::StatusOr<uint32_t> MostSitesOwnedBy(uint32_t num_organisations, absl::Span<const std::string> sites) const;

 private:
  Roster() = default;
  // How many of `sites` each organisation owns, the most first.
  absl::StatusOr<std::vector<uint32_t>> SitesOfOrganisations(absl::Span<const std::string> sites) const;

  std::string bytes_;
  Sha256Digest hash_ = {};
  RosterTerms terms_;  // without its sites, which are in sites_
  std::vector<RosterSite> sites_;
  absl::flat_hash_map<std::string, size_t> revoked_;  // places in terms_.revoked, by key
};

}  // namespace accord
