// The roster that a running daemon goes by: the one that its coordinator published, if every listed site has signed it
// and its hash is the one that this site has pinned.
//
// Adversary: the coordinator, which sends any bytes and is believed in none of them; it can only withhold the roster,
// and then this site takes part in no secure job.
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/roster/roster.h"

namespace accord {

class PinnedRoster {
 public:
  // `public_key_der`: the key that this site signs with.
  PinnedRoster(const v1::SiteConfig& config, std::string public_key_der);

  // Takes what the coordinator published (the bytes of a signed roster; empty: nothing) in place of what it published
  // before, and verifies it: about 0.4 ms a listed site, unless it is the same again. Leaves what all sites have signed
  // in roster.published for the operator. The result is for Current() and InWords() to tell.
  void Offer(absl::string_view signed_roster);

  // The roster to go by. FAILED_PRECONDITION says why there is none and what the operator can do. Reads the pin anew,
  // so that a pin made by `accord-client roster` counts at once.
  absl::StatusOr<std::shared_ptr<const Roster>> Current() const;
  // One line for the operator, whether it holds or not.
  std::string InWords() const;

 private:
  absl::StatusOr<std::shared_ptr<const Roster>> Examine(absl::string_view signed_roster) const;

  const StateFolder folder_;
  const std::string site_;
  const std::string config_hash_;
  const std::string public_key_der_;
  mutable absl::Mutex mutex_;
  std::string offered_bytes_ ABSL_GUARDED_BY(mutex_);
  // What came of them; shared with the jobs that go by it.
  absl::StatusOr<std::shared_ptr<const Roster>> offered_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
