#include "client/daemon/run/lapsing_releases.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/release_store.h"
#include "trust/charter/release_check.h"

namespace accord {

std::vector<std::string> LapsingReleases(const StateFolder& folder, const Charter& charter, const Roster& roster) {
  const ReleaseStore store(folder.ReleaseFolder());
  const auto data_sets = store.DataSets();
  if (!data_sets.ok()) return {std::string(data_sets.status().message())};
  std::vector<std::string> lapsing;
  for (const std::string& data_set : *data_sets) {
    const auto kept = store.Find(data_set, charter.hash());
    if (kept.ok() && !kept->has_value()) continue;
    const absl::Status holds = kept.ok() ? CheckRelease(charter, roster, **kept).status() : kept.status();
    if (!holds.ok()) lapsing.push_back(absl::StrCat(data_set, ": ", holds.message()));
  }
  return lapsing;
}

std::string LapsingInWords(const std::vector<std::string>& lapsing) {
  if (lapsing.empty()) return "";
  return absl::StrCat("Releases that do not hold under it, so that nothing reads their data sets:\n  ",
                      absl::StrJoin(lapsing, "\n  "),
                      "\nHave their owners sign them under this charter; until it is pinned, take them ahead: "
                      "accord-client release take FILE --charter CHARTER_FILE\n");
}

std::vector<Finding> ExamineReleases(const v1::SiteConfig& config) {
  constexpr char kReleases[] = "releases";
  const StateFolder folder(config.state_dir());
  const auto data_sets = ReleaseStore(folder.ReleaseFolder()).DataSets();
  if (!data_sets.ok()) return {{Finding::Level::kFault, kReleases, std::string(data_sets.status().message())}};
  if (data_sets->empty()) return {};
  const auto charter = PinnedCharter(config).Pinned();
  if (!charter.ok()) return {};  // told of already
  if (*charter == nullptr) {
    return {{Finding::Level::kFault, kReleases,
             absl::StrCat("of ", absl::StrJoin(*data_sets, ", "),
                          " were taken here, and no charter is pinned, under which they could hold: nothing runs here "
                          "until one is (accord-client charter pin FILE)")}};
  }
  std::vector<Finding> findings;
  for (const std::string& lapsed : LapsingReleases(folder, (*charter)->charter(), (*charter)->roster())) {
    findings.push_back({Finding::Level::kFault, kReleases,
                        absl::StrCat(lapsed,
                                     ". Nothing reads it until its owner has signed another one and it was "
                                     "taken (accord-client release take FILE)")});
  }
  if (findings.empty()) {
    findings.push_back({Finding::Level::kFine, kReleases,
                        absl::StrCat("of ", absl::StrJoin(*data_sets, ", "), ", under the pinned charter")});
  }
  return findings;
}

}  // namespace accord
