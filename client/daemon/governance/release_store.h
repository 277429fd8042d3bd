// What the owner of this site's rows released, as this site has taken it: a file for each data set in its state folder:
//
//   releases/NAME   the latest signed release of the data set (trust/charter/release.h), as it was handed in
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
#include "trust/charter/charter.h"
#include "trust/charter/release.h"
#include "trust/charter/signed_statement.h"
#include "trust/roster/roster.h"

namespace accord {

// Used by one thread at a time in each process; the daemon and commands may use one folder at once. Nothing is
// remembered: the files are the truth.
class ReleaseStore {
 public:
  // How far ahead of this machine's clock a release may be dated. Little: one of tomorrow would take the place of the
  // one that holds today, and keep out a later one that is dated right.
  static constexpr absl::Duration kMostSkew = absl::Minutes(5);

  explicit ReleaseStore(std::string folder) : folder_(std::move(folder)) {}

  // nullopt: no release of the data set was ever taken. DATA_LOSS: the file is damaged.
  absl::StatusOr<std::optional<SignedStatement>> Find(absl::string_view data_set) const;
  // The data sets of which there is one, by ascending bytes. UNAVAILABLE: the folder cannot be read.
  absl::StatusOr<std::vector<std::string>> DataSets() const;
  // Durable on return. INVALID_ARGUMENT: no release of a steward of this charter, for `site`, whose time has come at
  // `now` but for the clocks' difference; FAILED_PRECONDITION: one that is as late or later was taken before.
  absl::StatusOr<Release> Keep(const Charter& charter, const Roster& roster, absl::string_view site,
                               const SignedStatement& statement, absl::Time now) const;

 private:
  std::string PathOf(absl::string_view data_set) const;
  const std::string folder_;
};

}  // namespace accord
