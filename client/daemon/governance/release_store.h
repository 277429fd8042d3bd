// What the owner of this site's rows released, as this site has taken it: a file for each data set in its state folder:
//
//   releases/NAME       the latest signed release of the data set (trust/charter/release.h), as it was handed in
//   releases/HEX/NAME   one that was taken ahead, under the charter HEX that is not pinned yet; it goes once that is
//                       pinned and it, or what was made later, is the latest
//
// A release holds under one charter. The one that was taken ahead counts from the moment at which its charter is the
// pinned one, unless another was made later: what an owner said last is what he wants, a withdrawal above all.
//
// From the first one that was taken on, the data set is read under releases alone: a file that is damaged, expired or
// withdraws lets nothing be read. A later one replaces it; an earlier one is not taken again. Who can write this folder
// can take a file away, as root can do anything: what was read under which release stands in the site's postures.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/charter/charter.h"
#include "trust/charter/release.h"
#include "trust/charter/signed_statement.h"
#include "trust/roster/roster.h"

namespace accord {

// Used by one thread at a time in each process; the daemon and commands may use one folder at once: who writes holds
// the folder's lock from its look at what is there to the end. Nothing is remembered: the files are the truth.
class ReleaseStore {
 public:
  // How far ahead of this machine's clock a release may be dated. Little: one of tomorrow would take the place of the
  // one that holds today, and keep out a later one that is dated right.
  static constexpr absl::Duration kMostSkew = absl::Minutes(5);

  explicit ReleaseStore(std::string folder) : folder_(std::move(folder)) {}

  // What counts under the charter of this hash, which is the pinned one; also one that is under another charter, where
  // none is under this. nullopt: no release of the data set was ever taken. DATA_LOSS: a file is damaged.
  absl::StatusOr<std::optional<SignedStatement>> Find(absl::string_view data_set, const Sha256Digest& charter) const;
  // The data sets of which there is one, by ascending bytes. UNAVAILABLE: the folder cannot be read.
  absl::StatusOr<std::vector<std::string>> DataSets() const;
  // The hashes, in hexadecimal, of the charters under which releases were taken ahead, by ascending bytes.
  absl::StatusOr<std::vector<std::string>> ChartersAhead() const;
  // Durable on return, and what was taken ahead under this charter is gone, also where it was damaged.
  // INVALID_ARGUMENT: no release of a steward of this charter, for `site`, whose time has come at
  // `now` but for the clocks' difference; FAILED_PRECONDITION: one that is as late or later was taken before.
  absl::StatusOr<Release> Keep(const Charter& charter, const Roster& roster, absl::string_view site,
                               const SignedStatement& statement, absl::Time now) const;
  // The same of a charter that is not pinned yet: what counts now goes on to count until it is.
  absl::StatusOr<Release> KeepAhead(const Charter& next, const Roster& roster, absl::string_view site,
                                    const SignedStatement& statement, absl::Time now) const;
  // The charter is the pinned one from now on: what was taken ahead under it is kept as the latest, so that the data
  // set is read under releases alone whichever charter follows. Durable on return; to be called before anything is
  // permitted under the charter.
  absl::Status ComeIntoForce(const Sha256Digest& charter) const;

 private:
  std::string PathOf(absl::string_view data_set) const;
  std::string FolderAhead(absl::string_view charter_hex) const;
  absl::StatusOr<std::optional<SignedStatement>> FindIn(const std::string& folder, absl::string_view data_set) const;
  // Of what is the latest by now, or is replaced by it.
  absl::Status ForgetAhead(const std::string& charter_hex, const std::string& data_set) const;
  // Whether the statement may be kept at all, and where it replaces nothing that is later.
  absl::StatusOr<Release> Check(const Charter& charter, const Roster& roster, absl::string_view site,
                                const SignedStatement& statement, absl::Time now) const;
  const std::string folder_;
};

}  // namespace accord
