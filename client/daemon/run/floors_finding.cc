#include "client/daemon/run/floors_finding.h"

#include "absl/strings/str_cat.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/state/state_folder.h"
#include "client/daemon/work/own_floors.h"
#include "proto/validation/job_validation.h"

namespace accord {

std::vector<Finding> ExamineFloors(const v1::SiteConfig& config, const std::string& job_path) {
  using Level = Finding::Level;
  std::vector<Finding> findings;
  const auto roster = PinnedRosterOf(StateFolder(config.state_dir()), config);
  if (job_path.empty()) {
    if (!roster.ok()) return findings;
    for (const std::string& why : RosterBelowFloors(config.floors(), **roster)) {
      findings.push_back({Level::kWarning, "floors", absl::StrCat("no job with secure sums can run here: ", why)});
    }
    return findings;
  }
  const auto job = LoadJobSpec(job_path);
  if (!job.ok()) return findings;
  for (const std::string& why : RefusedByConfig(*job, config, roster.ok() ? roster->get() : nullptr)) {
    findings.push_back({Level::kFault, "job", absl::StrCat("this site will refuse it in any case: ", why)});
  }
  return findings;
}

}  // namespace accord
