// Has the federation's log stamped (docs/log.md): asks for a stamp on the log's last head once a cadence, whether or not
// anything was added, checks the answer itself, and makes it durable before anybody is shown it.
//
//   | what happens | what follows |
//   |---|---|
//   | no answer, a refusal, or a stamp that does not hold | asked again after 1, 2, 4 ... seconds, at most kLongestRetry |
//   | a stamp whose time is not now by this machine's clock, within kStampTolerance | the same: one of the two is wrong |
//   | it cannot be stored | the same |
//   | the coordinator is started again | it goes on from the stored stamp |
//   | this machine's clock was set back behind the stored stamp | asked at once |
//
// Adversary: the authority and the network on the way to it. They can withhold stamps, which closes the coordinator to
// rounds after a while, and nothing else.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "coordinator/stamps/stamp_board.h"
#include "coordinator/stamps/stamp_transport.h"
#include "coordinator/store/federation_log.h"
#include "trust/timestamp/stamp_authority.h"

namespace accord {

inline constexpr absl::Duration kLongestRetry = absl::Minutes(5);

// Used by one thread.
class StampKeeper {
 public:
  // All that is referred to outlives the keeper.
  struct Surroundings {
    FederationLog& log;
    StampTransport& transport;
    StampBoard& board;
    Clock& clock;
    EntropySource& entropy = EntropySource::System();
    std::function<void()> changed = [] {};  // after each try: the board may say something else
  };
  StampKeeper(StampAuthority authority, absl::Duration cadence, Surroundings around)
      : authority_(std::move(authority)), cadence_(cadence), around_(std::move(around)) {}

  // Puts the newest stored stamp on the board, if it is one of this authority. Errors of the store.
  absl::Status TakeUp();
  // Asks, if it is time; how long until it will be.
  absl::Duration Look();
  // How the last time of asking went. The words are for the coordinator's own log.
  const absl::Status& last_try() const { return last_try_; }

 private:
  absl::Duration TimeToNext();
  absl::Status Ask();
  // A stamp on the log's last head that was checked in every way.
  absl::StatusOr<KeptStamp> Obtain(const SignedLogHead& head);

  const StampAuthority authority_;
  const absl::Duration cadence_;
  const Surroundings around_;
  absl::Status last_try_;
  int failures_ = 0;                                        // since the last stamp
  absl::Duration not_before_ = -absl::InfiniteDuration();  // by Clock::Monotonic
};

}  // namespace accord
