#include "client/daemon/run/scratch_finding.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client/daemon/training/scratch_file.h"

namespace accord {

Finding ExamineScratch(const v1::SiteConfig& config) {
  const v1::Sandbox& sandbox = config.sandbox();
  if (sandbox.max_scratch_mib() == 0) {
    return {Finding::Level::kFine, "scratch", "off, as the config says: all rows must fit in memory"};
  }
  const std::string& folder = sandbox.scratch_dir().empty() ? config.state_dir() : sandbox.scratch_dir();
  const auto scratch = MakeScratchFile(folder, sandbox.max_scratch_mib() << 20);
  if (!scratch.ok()) {
    return {Finding::Level::kWarning, "scratch",
            absl::StrCat("all rows must fit in memory, because there is no place for others: ",
                         scratch.status().message(), " (sandbox.scratch_dir)")};
  }
  return {Finding::Level::kFine, "scratch",
          absl::StrCat("a table that is larger than memory may take ", scratch->size >> 20, " MiB of the disk in ",
                       folder)};
}

}  // namespace accord
