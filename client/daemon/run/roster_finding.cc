#include "client/daemon/run/roster_finding.h"

#include "base/file.h"
#include "base/status.h"
#include "client/daemon/federation/pinned_roster.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

using Level = Finding::Level;

constexpr char kRosterSubject[] = "roster";

}  // namespace

Finding ExamineRoster(const v1::SiteConfig& config, const std::string* published) {
  const StateFolder folder(config.state_dir());
  const auto pin = ReadRosterPin(folder, config.roster_sha256());
  if (!pin.ok()) return {Level::kFault, kRosterSubject, std::string(pin.status().message())};
  const auto key = OwnPublicKey(config);
  if (absl::IsNotFound(key.status())) {
    return {Level::kFault, kRosterSubject, "cannot be looked at before this site is enrolled"};
  }
  if (!key.ok()) return {Level::kFault, kRosterSubject, std::string(key.status().message())};
  std::string offered;
  if (published != nullptr) {
    offered = *published;
  } else if (auto last = ReadFile(folder.PublishedRosterFile(), kMaxPublishedRosterBytes); last.ok()) {
    offered = *std::move(last);
  } else if (!pin->empty()) {
    return {Level::kFine, kRosterSubject,
            absl::StrCat("pinned: ", *pin, "; the coordinator was not asked for its own")};
  }
  PinnedRoster roster(config, *key);
  roster.Offer(offered);
  const Level level = roster.Current().ok() ? Level::kFine : pin->empty() ? Level::kWarning : Level::kFault;
  return {level, kRosterSubject, roster.InWords()};
}

}  // namespace accord
