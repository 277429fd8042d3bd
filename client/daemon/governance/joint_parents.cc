#include "client/daemon/governance/joint_parents.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/daemon/governance/pinned_charter.h"
#include "proto/validation/config_validation.h"
#include "trust/charter/signed_charter.h"
#include "trust/joint/joint_check.h"

namespace accord {

absl::StatusOr<JointPapers> ReadJointPapers(const JointFiles& files) {
  const auto of = [](absl::string_view which, const absl::Status& status) {
    return Annotate(status, absl::StrCat("the ", which));
  };
  auto own_anchor = SignedAnchor::Parse(files.own_anchor);
  if (!own_anchor.ok()) return of("own federation's anchor", own_anchor.status());
  auto other_anchor = SignedAnchor::Parse(files.other_anchor);
  if (!other_anchor.ok()) return of("other federation's anchor", other_anchor.status());
  auto other_roster = SignedRoster::Parse(files.other_roster);
  if (!other_roster.ok()) return of("other federation's roster", other_roster.status());
  ACCORD_RETURN_IF_ERROR(of("other federation's roster", other_roster->VerifyPinned()));
  auto other_charter = SignedCharter::ParseSignedOrNot(files.other_charter, "the other federation's charter");
  if (!other_charter.ok()) return other_charter.status();
  return JointPapers{*std::move(own_anchor), *std::move(other_anchor), *std::move(other_roster),
                     other_charter->charter()};
}

absl::StatusOr<v1::SiteConfig> OwnFederationOf(const std::string& own_config, const v1::SiteConfig& joint_config) {
  ACCORD_ASSIGN_OR_RETURN(v1::SiteConfig config, LoadSiteConfig(own_config));
  if (config.state_dir() == joint_config.state_dir()) {
    return absl::FailedPreconditionError(absl::StrCat(own_config, " has the state folder of the joint federation, ",
                                                      config.state_dir(),
                                                      "; a site has one for each federation that it is in"));
  }
  if (config.site() != joint_config.site()) {
    return absl::FailedPreconditionError(absl::StrCat(own_config, " is of site ", config.site(), ", and this is ",
                                                      joint_config.site(), "; a site has one name in both"));
  }
  // Also what keeps two folders from asking each other for ever.
  ACCORD_ASSIGN_OR_RETURN(const std::optional<JointPin> nested, ReadJointPin(StateFolder(config.state_dir())));
  if (nested.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        own_config, " is of a joint federation itself; name the federation that this site is a member of"));
  }
  return config;
}

JointParents::JointParents(const v1::SiteConfig& config, Clock& clock)
    : config_(config), folder_(config.state_dir()), clock_(clock) {}

JointParents::~JointParents() = default;
JointParents::JointParents(JointParents&&) noexcept = default;

absl::Status JointParents::Check(const ActiveCharter* charter) {
  words_.clear();
  ACCORD_ASSIGN_OR_RETURN(const std::optional<JointPin> pin, ReadJointPin(folder_));
  if (!pin.has_value()) return absl::OkStatus();
  if (charter == nullptr) {
    return absl::FailedPreconditionError(
        "this site is in a joint federation here, and takes part in nothing before its charter is pinned: "
        "accord-client charter pin FILE");
  }
  const absl::Status status = CheckAgainst(*pin, *charter);
  if (status.ok()) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("the joint federation does not hold for this site: ", status.message()));
}

absl::Status JointParents::CheckAgainst(const JointPin& pin, const ActiveCharter& charter) {
  if (!papers_.has_value() || pin_ != pin) {
    papers_.reset();
    own_.reset();
    own_charter_.reset();
    ACCORD_ASSIGN_OR_RETURN(const JointFiles files, ReadJointFiles(folder_, pin));
    ACCORD_ASSIGN_OR_RETURN(papers_, ReadJointPapers(files));
    pin_ = pin;
  }
  if (own_ == nullptr) {
    ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig own_config, OwnFederationOf(pin.own_config, config_));
    own_ = std::make_unique<PinnedCharter>(own_config, clock_);
  }
  const auto own = own_->Pinned();
  if (!own.ok()) return Annotate(own.status(), "in its own federation");
  if (*own == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("it has pinned no charter in its own federation (",
                                                      pin.own_config, "), which the joint one must not loosen"));
  }
  const JointCase joint{charter.charter(),
                        charter.roster(),
                        (*own)->charter(),
                        (*own)->roster(),
                        papers_->own_anchor,
                        *papers_->other_charter,
                        *papers_->other_roster.roster(),
                        papers_->other_anchor};
  const bool is_known =
      own_charter_ == *own && charter_ == charter.charter().hash() && roster_ == charter.roster().hash();
  if (!is_known) {
    own_charter_.reset();
    ACCORD_RETURN_IF_ERROR(CheckJoint(joint));
    own_charter_ = *own;
    charter_ = charter.charter().hash();
    roster_ = charter.roster().hash();
  }
  ACCORD_RETURN_IF_ERROR(CheckJointTime(joint, clock_.Now()));
  words_ = absl::StrCat(", under the charters of ", joint.own_roster.federation(), " and ",
                        joint.other_roster.federation(), " too");
  return absl::OkStatus();
}

}  // namespace accord
