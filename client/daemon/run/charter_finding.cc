#include "client/daemon/run/charter_finding.h"

#include "absl/strings/str_cat.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/run/running_rules.h"
#include "client/daemon/state/state_folder.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::Duration kCharterEndsSoon = absl::Hours(24 * 30);

}  // namespace

Finding ExamineCharterOf(const v1::SiteConfig& config, absl::Time now) {
  using Level = Finding::Level;
  constexpr char kCharterSubject[] = "charter";
  PinnedCharter pinned(config);
  const auto rules = pinned.Current();
  if (!rules.ok()) return {Level::kFault, kCharterSubject, std::string(rules.status().message())};
  if (rules->charter == nullptr) return {Level::kFine, kCharterSubject, pinned.InWords()};
  const Charter& charter = rules->charter->charter();
  if (now >= charter.expires()) {
    return {Level::kFault, kCharterSubject,
            absl::StrCat("expired at ", FormatUtc(charter.expires()),
                         ": nothing runs here any more; have it amended and pin the amendment (accord-client charter "
                         "pin FILE --replace)")};
  }
  if (now < charter.not_before()) {
    return {Level::kWarning, kCharterSubject,
            absl::StrCat("nothing runs here before ", FormatUtc(charter.not_before()), ": ", pinned.InWords())};
  }
  const bool soon = charter.expires() - now < kCharterEndsSoon;
  return {soon ? Level::kWarning : Level::kFine, kCharterSubject, pinned.InWords()};
}

std::optional<Finding> ExamineRunningRules(const v1::SiteConfig& config) {
  const std::optional<v1::DaemonStatus> daemon = RunningDaemon(StateFolder(config.state_dir()));
  if (!daemon.has_value()) return std::nullopt;
  const std::string why = WhyDaemonDiffers(config, *daemon, PinnedCharter(config).Current().ok());
  if (why.empty()) return std::nullopt;
  return Finding{Finding::Level::kFault, "daemon", why};
}

}  // namespace accord
