// Jobs that an ombudsman stopped, as this site has seen it: a file for each, named by the SHA-256 of the job's bytes,
// in its state folder:
//
//   stops/HEX      the signed stop (trust/charter/job_stop.h), as it was brought
//
// A stop was checked against the charter and the roster of its day before it is kept, and holds for ever: whatever
// charter follows, whosever key is revoked later, and whoever brings the same job under another order. The first one of
// a job stays. A file that is damaged stops its job too.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/signed_statement.h"

namespace accord {

// More are not kept; ombudsmen sign few.
inline constexpr size_t kMostStops = 10'000;

// Used by one thread at a time in each process; the daemon and commands may use one folder at once. Nothing is
// remembered: the files are the truth.
class StopStore {
 public:
  explicit StopStore(std::string folder) : folder_(std::move(folder)) {}

  // Why the job is stopped, in words; nullopt: it is not.
  std::optional<std::string> WhyStopped(const Sha256Digest& job) const;
  // Durable on return. INVALID_ARGUMENT: it is no stop of an ombudsman of this charter, or the roster is against that
  // one's key, and it stops nothing; RESOURCE_EXHAUSTED: there are too many.
  absl::StatusOr<JobStop> Keep(const ActiveCharter& charter, const SignedStatement& statement) const;

 private:
  std::string PathOf(const Sha256Digest& job) const;
  const std::string folder_;
};

}  // namespace accord
