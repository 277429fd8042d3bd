#include "client/daemon/run/charter_finding.h"

#include "absl/strings/str_cat.h"
#include "client/daemon/governance/pinned_charter.h"
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

}  // namespace accord
