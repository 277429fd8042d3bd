// What sites are shown of the federation's log (docs/log.md): the last head with each plan, and ahead of it the proof
// that the log only grew since what the site keeps.
//
// A session is an ordered stream, so the coordinator knows what a site keeps: what its hello said, and every larger
// head that it was shown since. Where that is wrong (the site could not keep one) the site refuses the plan and says
// its size.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "coordinator/store/federation_log.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Not thread-safe. `log` must outlive it. Sizes are in entries; 0: the site keeps no head. What a site says of its size
// is believed: a wrong one gets it proofs that it cannot use.
class ShownLog {
 public:
  explicit ShownLog(FederationLog& log) : log_(log) {}

  // The head of everything that is in the log, and on the disk. About 0.1 ms, and as long as another thread writes.
  absl::StatusOr<v1::SignedLogHead> Last();

  // Adds the log to the greeting of a site that keeps a head of `kept` entries; what it keeps then. The head is the one
  // that was read last, if that is as large: for a thousand sites that come at once it is read once. Without a head
  // where the log cannot be read, and without a proof where the site has seen more than there is: then it takes no
  // plan.
  uint64_t Greet(uint64_t kept, v1::Welcome& welcome);

  // Can a site that keeps a head of `kept` entries be greeted so that it takes plans?
  bool Reaches(uint64_t kept);

  // The stamp as it goes with a message that names `head`: with the proof between the two. nullopt: that cannot be
  // read.
  std::optional<v1::LogStamp> Shown(const KeptStamp& stamp, const v1::SignedLogHead& head);

  // What goes to the site ahead of `plan`; null where nothing needs to. Brings `kept` up to what it keeps then.
  std::shared_ptr<const v1::CoordinatorMessage> AheadOf(const v1::Plan& plan, uint64_t& kept);

 private:
  // Null: there is nothing to prove, or it cannot be proven.
  std::shared_ptr<const v1::CoordinatorMessage> Proof(uint64_t one, uint64_t other);

  FederationLog& log_;
  v1::SignedLogHead last_;  // that Last read
  uint64_t last_size_ = 0;
  // The last few: in a steady federation all sites need the same one.
  std::deque<std::shared_ptr<const v1::CoordinatorMessage>> proofs_;
};

}  // namespace accord
