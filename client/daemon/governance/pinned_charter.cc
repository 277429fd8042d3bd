#include "client/daemon/governance/pinned_charter.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/governance/charter_pin.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr size_t kMaxPolicyBytes = size_t{1} << 20;

}  // namespace

PinnedCharter::PinnedCharter(const v1::SiteConfig& config, Clock& clock)
    : folder_(config.state_dir()), config_(config), joint_(config, clock) {}

absl::StatusOr<std::shared_ptr<const ActiveCharter>> PinnedCharter::Pinned() {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const ActiveCharter> charter, PinnedHere());
  ACCORD_RETURN_IF_ERROR(joint_.Check(charter.get()));
  return charter;
}

absl::StatusOr<std::shared_ptr<const ActiveCharter>> PinnedCharter::PinnedHere() {
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadCharterPin(folder_, config_.charter_sha256()));
  if (pin.empty()) return std::shared_ptr<const ActiveCharter>();
  ACCORD_ASSIGN_OR_RETURN(const std::string roster_pin, ReadRosterPin(folder_, config_.roster_sha256()));
  if (charter_ != nullptr && pin == pin_ && roster_pin == roster_pin_) return charter_;
  charter_.reset();
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
  const auto text = ReadFile(config_.policy(), kMaxPolicyBytes);
  if (!text.ok()) return absl::FailedPreconditionError(absl::StrCat("this site's policy: ", text.status().message()));
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

absl::StatusOr<RulesInForce> PinnedCharter::Current() {
  RulesInForce rules;
  ACCORD_ASSIGN_OR_RETURN(rules.charter, Pinned());
  if (rules.charter == nullptr) {
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
  if (!config_.policy().empty()) {
    ACCORD_ASSIGN_OR_RETURN(rules.policy, Policy(*rules.charter));
  }
  return rules;
}

absl::Status PinnedCharter::CheckPolicy() {
  const auto charter = Pinned();
  if (config_.policy().empty() || !charter.ok()) return absl::OkStatus();
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
