// A site that lies: what it sends is altered, and signed again, before it leaves. Its masked vector stays right, so
// that a sum that opens with it is still comparable.
#pragma once

#include <string>
#include <vector>

#include "aggregation/secure/round/round_events.h"
#include "base/random_stream.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"

namespace accord::secure::simulation {

enum class Lie {
  kOddPairs,        // commits to other pair seeds than its neighbours, towards some of them
  kTwoUploads,      // signs two headers for one attempt
  kSealedNonsense,  // offers packets and share commitments that do not belong together
  kFalseComplaint,  // complains about offers that are good
  kWrongSelfSeed,   // reveals another seed than it committed to
  kWrongShare,      // likewise with the share of a gone site
  kWrongPairSeed,   // likewise with a pair seed
  kOtherSet,        // signs another set than it was shown, besides the right one
  kNonsense,        // sends bytes that mean nothing
};
inline constexpr int kNumLies = 9;

class Liar {
 public:
  Liar(Lie lie, const Signer& signer, const Roster& roster) : lie_(lie), signer_(signer), roster_(roster) {}

  // What it sends instead of `event`.
  std::vector<RoundEvent> Alter(RoundEvent event, RandomStream& random) const;

 private:
  std::vector<RoundEvent> Alter(UploadVerified event, RandomStream& random) const;
  std::vector<RoundEvent> Alter(StatementArrived event, RandomStream& random) const;
  std::vector<RoundEvent> Alter(RevealArrived event, RandomStream& random) const;

  Lie lie_;
  const Signer& signer_;
  const Roster& roster_;
};

// The same event once more: for messages that arrive twice.
RoundEvent Copy(const RoundEvent& event);

}  // namespace accord::secure::simulation
