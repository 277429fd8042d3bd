#include "client/daemon/governance/pinned_charter.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/policy_store.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/utc_time.h"

namespace accord {

PinnedCharter::PinnedCharter(const v1::SiteConfig& config, Clock& clock)
    : folder_(config.state_dir()), config_(config), joint_(config, clock) {}

absl::StatusOr<std::shared_ptr<const ActiveCharter>> PinnedCharter::Pinned() {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const ActiveCharter> charter, PinnedHere());
  ACCORD_RETURN_IF_ERROR(joint_.Check(charter.get()));
  return charter;
}

absl::StatusOr<std::shared_ptr<const ActiveCharter>> PinnedCharter::PinnedHere() {
  const absl::Time now = absl::Now();  // by the clock that the file system goes by
  const std::array<FileStamp, 2> stamps = {StampOf(folder_.CharterPinFile()), StampOf(folder_.RosterPinFile())};
  if (charter_ != nullptr && pin_stamps_ == stamps) return charter_;
  pin_stamps_.reset();
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadCharterPin(folder_, config_.charter_sha256()));
  if (pin.empty()) return std::shared_ptr<const ActiveCharter>();
  ACCORD_ASSIGN_OR_RETURN(const std::string roster_pin, ReadRosterPin(folder_, config_.roster_sha256()));
  if (charter_ != nullptr && pin == pin_ && roster_pin == roster_pin_) {
    const bool still = StampOf(folder_.CharterPinFile()) == stamps[0] && StampOf(folder_.RosterPinFile()) == stamps[1];
    if (still && IsSettled(stamps[0], now) && IsSettled(stamps[1], now)) pin_stamps_ = stamps;
    return charter_;
  }
  charter_.reset();
  signed_.reset();
  ACCORD_ASSIGN_OR_RETURN(auto roster, PinnedRosterOf(folder_, config_));
  auto kept = ReadKeptCharter(folder_, pin);
  if (!kept.ok()) return absl::FailedPreconditionError(kept.status().message());
  const std::optional<SignedCharter> former = FormerOf(folder_, *kept->charter());
  auto active = ActiveCharter::Create(*kept, std::move(roster), former.has_value() ? former->charter().get() : nullptr);
  if (!active.ok()) return Annotate(active.status(), "the charter that this site has pinned holds no longer");
  pin_ = pin;
  roster_pin_ = roster_pin;
  charter_ = std::make_shared<const ActiveCharter>(*std::move(active));
  return charter_;
}

absl::StatusOr<std::shared_ptr<const SitePolicy>> PinnedCharter::Policy(const ActiveCharter& charter) {
  if (config_.policy().empty()) {
    ACCORD_RETURN_IF_ERROR(CheckSigned(charter, std::nullopt));
    return std::shared_ptr<const SitePolicy>();
  }
  const auto text = ReadFile(config_.policy(), kMaxPolicyBytes);
  if (!text.ok()) return absl::FailedPreconditionError(absl::StrCat("this site's policy: ", text.status().message()));
  ACCORD_RETURN_IF_ERROR(CheckSigned(charter, *text));
  if (policy_ != nullptr && *text == policy_text_ && policy_->charter_hash() == charter.charter().hash()) {
    return policy_;
  }
  policy_.reset();
  auto policy = SitePolicy::Parse(*text, config_.policy(), charter.charter(), config_.site());
  if (!policy.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this site's policy does not hold:\n", policy.status().message()));
  }
  policy_text_ = *text;
  policy_ = std::make_shared<const SitePolicy>(*std::move(policy));
  return policy_;
}

absl::Status PinnedCharter::CheckSigned(const ActiveCharter& charter, const std::optional<std::string>& text) {
  if (!charter.charter().terms().has_site_policies()) return absl::OkStatus();
  const PolicyStore store(folder_.PolicyFolder());
  ACCORD_ASSIGN_OR_RETURN(const std::optional<std::string> kept, store.Text());
  if (!kept.has_value()) {
    const std::string clause =
        absl::StrCat(charter.charter().Clause("site_policies"), " asks for ",
                     charter.charter().terms().site_policies().people(), " people: accord policy sign");
    if (text.has_value()) {
      if (keeps_ && *text != noted_text_) {
        ACCORD_RETURN_IF_ERROR(store.KeepText(*text));
        noted_text_ = *text;
      }
      return absl::FailedPreconditionError(absl::StrCat("this site's policy, ", config_.policy(),
                                                        ", is signed by nobody, and ", clause,
                                                        ", then accord-client policy take FILE"));
    }
    if (!store.HadOne()) return absl::OkStatus();  // as it has been from the beginning: the charter alone
    return absl::FailedPreconditionError(
        absl::StrCat("this site had a policy and has none now, which nobody signed, and ", clause,
                     " --none, then accord-client policy take FILE"));
  }
  if (!signed_.has_value() || *kept != signed_text_) {
    signed_.reset();
    const auto signed_policy = SignedPolicy::Parse(*kept);
    auto statement =
        signed_policy.ok()
            ? CheckSignedPolicy(charter.charter(), charter.roster(), config_.site(), *signed_policy)
            : absl::StatusOr<PolicyStatement>(Annotate(signed_policy.status(), "in the site's state folder"));
    if (!statement.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("this site's policy holds no longer: ", statement.status().message()));
    }
    signed_text_ = *kept;
    signed_ = *std::move(statement);
  }
  const std::optional<Sha256Digest> there = text.has_value() ? std::make_optional(PolicyTextHash(*text)) : std::nullopt;
  if (there == signed_->policy) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      text.has_value() ? absl::StrCat("this site's policy, ", config_.policy(), ",") : "that this site has no policy",
      " is not what ", charter.charter().Clause("site_policies"),
      " let people sign: ", PolicyStatementInWords(*signed_),
      "; put that back, or have the change signed (accord policy sign) and take it (accord-client policy take FILE)"));
}

absl::Status PinnedCharter::CheckNoPolicyIsLeftBehind() const {
  const auto kept = PolicyStore(folder_.PolicyFolder()).Text();
  if (kept.ok() && !kept->has_value()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "people of this site's organisation signed its policy, and without a charter nobody can tell what it tightens: "
      "accord-client charter pin FILE");
}

absl::StatusOr<RulesInForce> PinnedCharter::Current() {
  RulesInForce rules;
  ACCORD_ASSIGN_OR_RETURN(rules.charter, Pinned());
  if (rules.charter == nullptr) {
    ACCORD_RETURN_IF_ERROR(CheckNoPolicyIsLeftBehind());
    if (config_.floors().require_charter()) {
      return absl::FailedPreconditionError(
          "this site takes part in nothing before a charter is pinned (floors.require_charter): accord-client charter "
          "pin FILE");
    }
    if (!config_.policy().empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("this site has a policy, ", config_.policy(),
                       ", and no charter that it tightens: pin one (accord-client charter pin FILE), or take the line "
                       "policy out of the config"));
    }
    return rules;
  }
  ACCORD_ASSIGN_OR_RETURN(rules.policy, Policy(*rules.charter));
  return rules;
}

absl::Status PinnedCharter::CheckPolicy() {
  const auto charter = Pinned();
  if (!charter.ok() || (*charter == nullptr && config_.policy().empty())) return absl::OkStatus();
  return *charter == nullptr ? Current().status() : Policy(**charter).status();
}

std::string PinnedCharter::InWords() {
  const auto rules = Current();
  if (!rules.ok()) return absl::StrCat("NO JOB RUNS HERE: ", rules.status().message());
  if (rules->charter == nullptr) return "none is pinned: this site goes by its own configuration";
  const Charter& charter = rules->charter->charter();
  return absl::StrCat(charter.terms().name(), ", version ", charter.terms().version(), ", until ",
                      FormatUtc(charter.expires()), rules->policy == nullptr ? "" : ", with this site's policy",
                      joint_.InWords(), ", as pinned (", HexDigest(charter.hash()), ")");
}

}  // namespace accord
