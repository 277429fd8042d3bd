// How one federation shows itself to another with which it works together: which roster and charter are in force with
// it, and with which keys its sites take part in the joint federation. A statement of statement_lines.h:
//
//   accord-anchor-v1
//   federation: NAME         whose it is, as in its roster
//   for: NAME                the joint federation, as in the joint roster: an anchor counts in one collaboration
//   roster version: N
//   roster: HEX              hash of the roster in force
//   charter: HEX             hash of the charter in force
//   made: TIME
//   valid until: TIME        it counts for nothing from then on; at most 366 days later
//   member: SITE BASE64      1 or more, ascending by SITE: a site of that roster, and the key that the joint roster
//                            lists for it; a site that enrols with another coordinator gets a key of its own there
//
// and the file in which it travels: these bytes, a line `signatures`, and lines of signature_lines.h, each of
// "site/ID", over the bytes in the domain accord/v1/anchor, by the key that the roster which it names lists for the
// site.
//
// Adversary: whoever made the file or handed it over. Here the form alone is checked; what the signatures are worth:
// anchor_check.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/charter/signature_lines.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr char kAnchorDomain[] = "accord/v1/anchor";
inline constexpr absl::Duration kLongestAnchor = absl::Hours(24 * 366);
inline constexpr size_t kMaxSignedAnchorBytes = size_t{20} << 20;  // of every site of the largest roster

struct AnchorMember {
  std::string site;
  std::string public_key_der;

  friend bool operator==(const AnchorMember&, const AnchorMember&) = default;
};

struct Anchor {
  std::string federation;
  std::string joint;
  uint32_t roster_version = 1;
  Sha256Digest roster{};
  Sha256Digest charter{};
  absl::Time made;
  absl::Time valid_until;
  std::vector<AnchorMember> members;  // ascending by site

  // nullptr: the site is no member.
  const AnchorMember* Find(absl::string_view site) const;
  friend bool operator==(const Anchor&, const Anchor&) = default;
};

// INVALID_ARGUMENT: what ParseAnchor would not take; a statement has 64 KiB, which some 300 members fill.
absl::StatusOr<std::string> WriteAnchor(const Anchor& anchor);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<Anchor> ParseAnchor(absl::string_view bytes);

// Not thread-safe while it is changed.
class SignedAnchor {
 public:
  // The file, or the bytes of one that nobody has signed yet. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<SignedAnchor> Parse(absl::string_view text);

  std::string Text() const;
  const Anchor& anchor() const { return anchor_; }
  const std::string& bytes() const { return bytes_; }
  const SignaturesByIdentity& signatures() const { return signatures_; }

  absl::Status Sign(absl::string_view site, const Signer& signer);
  // Takes over the signatures that this file lacks. FAILED_PRECONDITION: it is another anchor, or has another signature
  // of somebody.
  absl::Status MergeFrom(const SignedAnchor& other);
  bool IsSignedBy(absl::string_view site, const VerifyingKey& key) const;

 private:
  std::string bytes_;
  Anchor anchor_;
  SignaturesByIdentity signatures_;
};

}  // namespace accord
