// What this site said of itself, as signed statements in files of its state folder (trust/charter/posture.h), so that
// it can show later under which posture each round was computed, and cannot show another one:
//
//   postures/NNNNNNNNN.posture   ascending numbers; each names the hash of the one before
//
// One is written when a job is permitted for the first time since the daemon began, and whenever something in it is
// other than in the last one of that job. Of so many jobs at once as a site runs, that is; one that was not asked about
// for longest is said anew.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "client/daemon/governance/job_permit.h"
#include "trust/charter/posture.h"
#include "trust/identity/signing.h"

namespace accord {

// Of these the oldest make room for others.
inline constexpr size_t kMostPostureFiles = 100'000;
// Clocks that were set by the same time service differ by less.
inline constexpr absl::Duration kClockTolerance = absl::Seconds(5);

// Orders whose last statement is remembered; more than jobs that run at once.
inline constexpr size_t kMostPosturesInMind = 512;

// What the daemon knows of its machine.
struct MachineFacts {
  std::string software;
  bool sandboxed = true;                  // as the trainer host was made
  bool disk_encryption_declared = false;  // by the operator
  // When the newest head of the federation's log was signed, by its keeper's clock; empty, or InfinitePast: none seen.
  std::function<absl::Time()> log_head_signed = {};
};

// Used by one thread. Reading is for any process.
class PostureFiles {
 public:
  // `signer` and `entropy` outlive it.
  PostureFiles(std::string folder, MachineFacts machine, const Signer& signer, EntropySource& entropy);

  // What this site says now of itself and of the job that is permitted.
  Posture Now(const std::string& site, const std::string& data_set, const JobPermit& permit, absl::Time now) const;
  // The hash of the statement that says so: of the last one of the job where that says the same, else of a new one,
  // which is durable on return. INTERNAL and the like: it could not be signed or written, and nothing is to be done
  // under it.
  absl::StatusOr<Sha256Digest> Say(Posture posture);

 private:
  struct Said {
    Posture posture;
    Sha256Digest hash{};
    uint64_t asked = 0;  // when it was asked about last, by asked_
  };
  // Of the order; makes room for it where it is new.
  Said& InMind(const Sha256Digest& order);

  const std::string folder_;
  const MachineFacts machine_;
  const Signer& signer_;
  EntropySource& entropy_;
  uint64_t last_number_ = 0;
  std::optional<Sha256Digest> last_hash_;
  uint64_t asked_ = 0;
  std::map<Sha256Digest, Said> said_;  // by order
};

struct KeptPosture {
  std::string path;
  Sha256Digest hash{};
  Posture posture;
};
// The newest first; files that are none are left out.
std::vector<KeptPosture> ReadPostures(const std::string& folder);

}  // namespace accord
