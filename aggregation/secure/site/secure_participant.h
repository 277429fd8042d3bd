// One site's part in the secure sums of one job, as a state machine without I/O: Handle(event) -> actions.
//
//   NoEpoch -> Keyed -> Ready -> Planned -> Masked -> Signed -> Revealed -> Ready
//                                    \---------\---> Missing -> Ready
//   any state -> Stopped (a permanent refusal)
//
// It is the guard of the site's data against a coordinator that lies, alone or with some of the other sites: every rule
// of the protocol that protects this site's vector is held here, and what breaks one is refused by name (SiteRefusal),
// with evidence where something signed proves it. Refusing never shows more than which public rule was broken.
//
// Adversary: the coordinator chooses all messages, cohorts, times and models, knows everything it is sent, and owns up
// to C members of a cohort. It must not learn this site's vector other than as part of one sum over a survivor set that
// meets the floors of all its members, nor two sums of one question over different sets.
//
// The shell carries out the actions in order, and none of them before the AppendRecord ahead of it is durable. After a
// restart the machine starts in NoEpoch from the record alone: all keys and seeds are gone, which is what makes a
// second upload or signature for an old transcript impossible.
//
// Cost: O(cohort) for each event, none O(vector): masking is an action. Not thread-safe. Deterministic given `entropy`.
// Source: Bonawitz et al., CCS 2017, section 4 (active adversaries); Bell et al., CCS 2020 (sparse graphs);
// docs/secure-sum.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/site/site_actions.h"
#include "aggregation/secure/site/site_events.h"
#include "aggregation/secure/site/site_record.h"
#include "base/entropy.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"

namespace accord::secure {

struct SecureParticipantConfig {
  std::string site;
  std::shared_ptr<const Roster> roster;  // shared by all jobs of the daemon
  // The least that this site's operator demands, whatever job or charter say. A site may tighten, never loosen.
  Floors floors;
};

class SecureParticipant {
 public:
  // `signer` (the site's identity key), `entropy` and `record` (one for all jobs of the site) must outlive the machine.
  SecureParticipant(SecureParticipantConfig config, const Signer& signer, EntropySource& entropy, SiteRecord& record);
  ~SecureParticipant();
  SecureParticipant(const SecureParticipant&) = delete;
  SecureParticipant& operator=(const SecureParticipant&) = delete;

  std::vector<SiteAction> Handle(const SiteEvent& event);

  enum class State { kNoEpoch, kKeyed, kReady, kPlanned, kMasked, kSigned, kRevealed, kMissing, kStopped };
  State state() const;
  // In words, for `accord-client status`: "attempt 12: signed who is in the sum, nothing revealed yet".
  std::string Describe() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace accord::secure
