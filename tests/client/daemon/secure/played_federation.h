// A federation of three, played by the test towards the daemon of one of its sites: what an honest coordinator sends it
// over the wire, with real sites behind it. The test alters what it wants to before it sends it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "aggregation/secure/messages/record_position.h"
#include "base/hash.h"
#include "base/seeded_entropy.h"
#include "client/daemon/secure/secure_site.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "tests/aggregation/secure/testing/test_federation.h"
#include "trust/charter/signed_charter.h"
#include "trust/roster/roster.h"

namespace accord {

// One epoch and one attempt at a time. Calls in the order of the protocol; the others' answers are made on the way.
class PlayedFederation {
 public:
  PlayedFederation();

  // The site that the test is about, and what its daemon knows. `record` outlives the result.
  const std::string& site() { return sites_[0].name(); }
  SecureSite Daemon(RecordFile& record);
  // Of the drill that all plans are for.
  const v1::JobSpec& spec() const { return spec_; }

  v1::CoordinatorMessage KeyRequest(uint32_t epoch) const;
  v1::CoordinatorMessage EpochList(const v1::KeyAnswer& own);
  v1::Plan Plan(uint32_t attempt);
  v1::CoordinatorMessage Survivors(const v1::Plan& plan, const v1::UploadClose& own);
  v1::CoordinatorMessage Signatures(const v1::SurvivorAnswer& own);

  // Another site's word, which the test passes on: what it has seen of the daemon's site; nullopt: nothing.
  v1::CoordinatorMessage Witness(size_t other, const v1::WitnessRequest& request,
                                 std::optional<secure::SignedPosition> seen = std::nullopt);
  const std::string& NameOf(size_t site) { return sites_[site].name(); }

  // Of the charter that the other sites permit the job under; zero: they go by none.
  void GoBy(const Sha256Digest& charter_hash) { charter_hash_ = charter_hash; }
  // All sites sign it.
  void Sign(SignedCharter& charter);

  // Lists one site more from now on. All others are as before.
  void AddToRoster();
  // Lists another site of the federation with another key from now on, and nobody with the one before.
  void ReplaceAKeyInRoster();
  const std::shared_ptr<const Roster>& roster() const { return roster_; }

 private:
  v1::PlanId IdOf(uint32_t attempt) const;

  const v1::JobSpec spec_;
  secure::testing::TestFederation sites_;  // the first one's place is taken by the daemon; its key is lent to it
  SeededEntropy entropy_{7};
  std::shared_ptr<const Roster> roster_;  // published and pinned
  Sha256Digest charter_hash_{};
  uint32_t epoch_ = 0;
  secure::testing::PlayedAttempt attempt_;
};

}  // namespace accord
