// The two federations behind a joint one, as a site of one of them holds the joint one against them (trust/joint,
// client/daemon/federation/joint_pin.h): nothing runs in the joint federation that is weaker than in either, or with
// anybody who is in neither.
//
//   state folder           this site
//   no file joint          is of an ordinary federation: nothing is asked
//   joint, no charter      takes part in nothing
//   joint and charter      takes part while CheckJoint and CheckJointTime hold
//
// The own federation's charter and roster are those that this site has pinned there, read anew each time: what its
// members tighten counts at once here too. The other federation's are those of its last anchor.
//
// Adversary: as of CheckJoint. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "client/daemon/federation/joint_pin.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/joint/anchor.h"
#include "trust/roster/signed_roster.h"

namespace accord {

class PinnedCharter;

// The pinned files, read.
struct JointPapers {
  SignedAnchor own_anchor;
  SignedAnchor other_anchor;
  SignedRoster other_roster;
  std::shared_ptr<const Charter> other_charter;
};

// INVALID_ARGUMENT, with the file: one is not of its form. FAILED_PRECONDITION: a signature of the roster is not good.
absl::StatusOr<JointPapers> ReadJointPapers(const JointFiles& files);

// The own federation as this site's config there says. FAILED_PRECONDITION: it is the joint one itself or another joint
// one, or of another site.
absl::StatusOr<v1::SiteConfig> OwnFederationOf(const std::string& own_config, const v1::SiteConfig& joint_config);

class JointParents {
 public:
  // `clock` outlives it.
  JointParents(const v1::SiteConfig& config, Clock& clock);
  ~JointParents();
  JointParents(JointParents&&) noexcept;

  // May anything run by this charter, or by none (null)? FAILED_PRECONDITION says all reasons.
  absl::Status Check(const ActiveCharter* charter);
  // ", under the charters of A and B too" as of the last check that held; empty: the federation is no joint one.
  const std::string& InWords() const { return words_; }

 private:
  absl::Status CheckAgainst(const JointPin& pin, const ActiveCharter& charter);

  const v1::SiteConfig config_;
  const StateFolder folder_;
  Clock& clock_;
  std::string words_;
  // Of the last look.
  std::optional<JointPin> pin_;
  std::optional<JointPapers> papers_;
  std::unique_ptr<PinnedCharter> own_;  // in the own federation
  // Of the last check that held: the same objects need not be checked again but for the time.
  std::shared_ptr<const ActiveCharter> own_charter_;
  Sha256Digest charter_{}, roster_{};
};

}  // namespace accord
