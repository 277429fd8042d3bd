// A roster with the signatures of its sites, and the one file in which both are mailed around.
//
// The file is the roster's bytes unchanged, then a line `signatures`, then for each site that has signed, by ascending
// bytes of its id, one line
//
//   ID BASE64        the site's signature (64 bytes, r || s) over the roster's hash in the domain accord/v1/roster
//
// and then, in a roster that follows another one, likewise one line for each site that signs with the key that the
// roster before lists for it, and that is not listed any more or has another key now:
//
//   former ID BASE64
//
// (The hash, so that n signatures do not hash n times the bytes of n sites.)
//
// A draft is such a file without signatures. The first roster of a federation holds once every listed site has signed
// it: a key that its owner did not sign for is nobody's. When a later one holds, succession.h says.
//
// Adversary: whoever made the file or handed it over. Parse checks the form alone.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"

namespace accord {

inline constexpr size_t kMaxSignedRosterBytes = kMaxRosterBytes + (size_t{16} << 20);
// What the coordinator sends in one message; about 10,000 sites.
inline constexpr size_t kMaxPublishedRosterBytes = size_t{3} << 20;

// Not thread-safe while it is changed.
class SignedRoster {
 public:
  // INVALID_ARGUMENT with the reason for anything that Text did not write: a signature of a site that is not listed,
  // lines out of order, another spelling of base64.
  static absl::StatusOr<SignedRoster> Parse(absl::string_view text);
  // Without signatures.
  explicit SignedRoster(Roster roster);

  std::string Text() const;
  // For whoever needs the roster longer than this object, or on other threads.
  const std::shared_ptr<const Roster>& roster() const { return roster_; }

  // Signs for a site. NOT_FOUND: it is not listed. FAILED_PRECONDITION: it is listed with another key.
  absl::Status Sign(absl::string_view site, const Signer& signer);
  // The same for a site that `previous`, which this roster follows, lists with the signer's key, whether this one does
  // or not.
  absl::Status SignAfter(const Roster& previous, absl::string_view site, const Signer& signer);
  // Takes over the signatures of another file; of two of one site the one that is good. A former key's can only be told
  // by the roster before: nullptr where it is not at hand, and then the first one stays. FAILED_PRECONDITION: it is
  // about another roster.
  absl::Status MergeFrom(const SignedRoster& other, const Roster* previous = nullptr);

  // Verifies each signature: about 0.1 ms a site.
  struct Findings {
    std::vector<std::string> missing;  // sites without a signature
    std::vector<std::string> bad;      // sites whose signature is not theirs over this roster
  };
  Findings Examine() const;
  // OK when every listed site has signed. FAILED_PRECONDITION names all that have not, and all bad signatures; or says
  // that the roster follows another one.
  absl::Status Verify() const;
  // As far as it can be told without the roster before: as Verify for the first one; for a later one, that no signature
  // of a listed site is bad. It is for whoever believes the roster's hash for another reason.
  absl::Status VerifyPinned() const;

  // By sites' ids: what they signed with their keys of the roster before.
  const std::map<std::string, std::string>& former() const { return former_; }
  // Whether `signature` is that key's over this roster.
  bool IsGoodOf(const VerifyingKey& key, const std::string& signature) const;
  // Whether the file has, under this site's id, a signature by this key.
  bool IsSignedBy(absl::string_view site, const VerifyingKey& key) const;

 private:
  absl::Status WordsOf(const Findings& findings) const;
  // `last`: the listed site whose line came before.
  absl::Status TakeLine(absl::string_view line, absl::string_view& last);

  std::shared_ptr<const Roster> roster_;       // immutable and shared with whoever asks for it
  std::vector<std::string> signatures_;        // of roster_->sites(), in order; empty: not signed
  std::map<std::string, std::string> former_;  // by site
};

}  // namespace accord
