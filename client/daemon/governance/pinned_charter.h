// The charter that a site goes by: the one that its operator has pinned, if it is active under the roster that is
// pinned too, and the site's own policy, if it only tightens that charter, and is the one that people of the site's
// organisation have signed, where the charter asks for that (policy_store.h). In a joint federation also: if nothing in
// it is weaker than with either federation behind it (joint_parents.h).
//
// Pins and policy are looked at anew each time, so that what people decide counts at once; what they say is worked out
// again only where one of them has changed. Whatever is wrong with one of them stops every job, never lets one through.
//
// Adversary: the coordinator, which has no part in any of it. Not thread-safe.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/file_stamp.h"
#include "client/daemon/governance/joint_parents.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/policy_statement.h"
#include "trust/charter/site_policy.h"

namespace accord {

// Immutable and shared with whoever still goes by it.
struct RulesInForce {
  std::shared_ptr<const ActiveCharter> charter;  // null: none is pinned, and none is demanded
  std::shared_ptr<const SitePolicy> policy;      // null: this site has none
};

class PinnedCharter {
 public:
  // `clock` outlives it.
  explicit PinnedCharter(const v1::SiteConfig& config, Clock& clock = Clock::System());

  // For the daemon: from now on the text of a policy that nobody signed is kept where the charter asks for signatures,
  // so that it is not enough to take it out of the config again. Whoever only looks keeps nothing.
  void KeepUnsignedTexts() { keeps_ = true; }
  // FAILED_PRECONDITION says why nothing may run here, and what the operator can do.
  absl::StatusOr<RulesInForce> Current();
  // The charter alone, whatever the policy is like; null: none is pinned.
  absl::StatusOr<std::shared_ptr<const ActiveCharter>> Pinned();
  // FAILED_PRECONDITION lists the faults of the site's policy, with the clauses that it contradicts. OK where there is
  // none, or where the charter itself cannot be gone by: nothing runs then, and Current says why.
  absl::Status CheckPolicy();
  // One line for the operator, whether it holds or not.
  std::string InWords();

 private:
  // Whatever the federations behind a joint one say.
  absl::StatusOr<std::shared_ptr<const ActiveCharter>> PinnedHere();
  // Null: this site has none.
  absl::StatusOr<std::shared_ptr<const SitePolicy>> Policy(const ActiveCharter& charter);
  // `text`: of the policy's file; nullopt: the config names none. Where the charter asks for signatures, it is what was
  // signed last.
  absl::Status CheckSigned(const ActiveCharter& charter, const std::optional<std::string>& text);
  // Without a charter: nobody leaves a signed policy behind by forgetting the charter.
  absl::Status CheckNoPolicyIsLeftBehind() const;

  const StateFolder folder_;
  const v1::SiteConfig config_;
  JointParents joint_;
  // Of the last look.
  std::string pin_, roster_pin_;
  std::optional<std::array<FileStamp, 2>> pin_stamps_;  // of both files, which had not changed for a while
  std::shared_ptr<const ActiveCharter> charter_;
  std::string policy_text_;
  std::shared_ptr<const SitePolicy> policy_;
  bool keeps_ = false;
  std::string noted_text_;  // of a policy that nobody signed
  // Of the signed policy, good under charter_.
  std::string signed_text_;
  std::optional<PolicyStatement> signed_;
};

}  // namespace accord
