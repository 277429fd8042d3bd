// The site's policy as people of its organisation signed it (trust/charter/policy_check.h), as it was handed over: the
// file `signed` of the state folder. A later one replaces it; an earlier one is not taken again, so that nobody goes
// back to a looser policy that was signed long ago. What was taken once stays, `taken/HEX` by the hash of its bytes,
// and where it was at hand the policy's text, `texts/HEX`: a posture names the text that a job ran under.
//
// Who can write this folder can take the file away, as root can do anything; where the charter asks for signatures,
// every job stops then, with a policy in the config or without one, as long as anything here says that there was one.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "trust/charter/charter.h"
#include "trust/charter/policy_statement.h"
#include "trust/roster/roster.h"

namespace accord {

// The daemon and commands may use one folder at once; nothing is remembered: the file is the truth.
class PolicyStore {
 public:
  explicit PolicyStore(std::string folder) : folder_(std::move(folder)) {}

  // The file's text; nullopt: none was ever taken. DATA_LOSS: it cannot be read.
  absl::StatusOr<std::optional<std::string>> Text() const;
  // Durable on return. Errors of CheckSignedPolicy; INVALID_ARGUMENT: it is dated ahead of `now`;
  // FAILED_PRECONDITION: one that is as late or later was taken before.
  absl::StatusOr<PolicyStatement> Keep(const Charter& charter, const Roster& roster, absl::string_view site,
                                       const SignedPolicy& signed_policy, absl::Time now) const;
  // Keeps what a signed policy names by its hash. Durable on return.
  absl::Status KeepText(absl::string_view text) const;
  // Whether this site ever had a policy, signed or not. True also where the folder cannot be read.
  bool HadOne() const;
  // Every one that was ever taken, the first one first; files that are none are left out.
  std::vector<SignedPolicy> Taken() const;

 private:
  std::string Path() const;

  const std::string folder_;
};

}  // namespace accord
