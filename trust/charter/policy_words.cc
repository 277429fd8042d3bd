#include "trust/charter/policy_words.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "trust/charter/charter.h"
#include "trust/charter/week_hours.h"

namespace accord {

std::vector<std::string> PolicyFloorLines(const v1::PolicyFloors& floors) {
  std::vector<std::string> lines;
  const auto floor = [&lines](bool written, absl::string_view name, uint32_t value) {
    if (written) lines.push_back(absl::StrCat("floors.", name, ": ", value));
  };
  floor(floors.has_min_sites(), "min_sites", floors.min_sites());
  floor(floors.has_min_organisations(), "min_organisations", floors.min_organisations());
  floor(floors.has_min_colluding_organisations(), "min_colluding_organisations", floors.min_colluding_organisations());
  floor(floors.has_minimum_cell(), "minimum_cell", floors.minimum_cell());
  floor(floors.has_min_rows(), "min_rows", floors.min_rows());
  if (floors.secure_sum()) lines.emplace_back("floors.secure_sum: true");
  if (floors.has_privacy()) {
    lines.push_back(
        absl::StrCat("floors.privacy: epsilon ", floors.privacy().epsilon(), ", delta ", floors.privacy().delta()));
  }
  return lines;
}

std::vector<std::string> PolicyLines(const v1::SitePolicy& rules) {
  std::vector<std::string> lines;
  for (const v1::ReleasedDataSet& released : rules.data_sets()) {
    lines.push_back(absl::StrCat("releases ", released.name(), " for ", absl::StrJoin(released.purposes(), ", ")));
  }
  if (!rules.people().empty()) lines.push_back(absl::StrCat("takes jobs of ", absl::StrJoin(rules.people(), ", ")));
  if (!rules.organisations().empty()) {
    lines.push_back(absl::StrCat("takes jobs of people of ", absl::StrJoin(rules.organisations(), ", ")));
  }
  for (const int tag : rules.refused_tags()) {
    lines.push_back(absl::StrCat("takes no job for ", TagName(static_cast<v1::Tag>(tag))));
  }
  for (std::string& line : PolicyFloorLines(rules.floors())) lines.push_back(std::move(line));
  if (!rules.hours().empty()) {
    lines.push_back(absl::StrCat("computes at these hours alone, time zone ",
                                 rules.time_zone().empty() ? "UTC" : rules.time_zone(), ": ",
                                 HoursInWords(rules.hours())));
  }
  const v1::PolicyLimits& limits = rules.limits();
  const auto limit = [&lines](bool written, absl::string_view what, uint64_t value, absl::string_view unit) {
    if (written) lines.push_back(absl::StrCat("lets a job take at most ", value, unit, what));
  };
  limit(limits.has_threads(), " of one trainer", limits.threads(), " threads");
  limit(limits.has_memory_mib(), " of memory of one trainer", limits.memory_mib(), " MiB");
  limit(limits.has_scratch_mib(), " of disk for one trainer's rows", limits.scratch_mib(), " MiB");
  limit(limits.has_kept_mib(), " of disk between its rounds", limits.kept_mib(), " MiB");
  return lines;
}

}  // namespace accord
