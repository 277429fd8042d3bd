// Names under which benches and tests know the tools of cli/local_federation.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/local_federation/process.h"
#include "cli/local_federation/process_memory.h"
#include "cli/local_federation/scratch_folder.h"

namespace accord::bench {

using accord::Descendants;
using accord::Process;
using accord::RunProgram;
using accord::WaitUntilGone;

// Peak resident memory of a running process.
absl::StatusOr<double> PeakMemoryMib(pid_t pid);

// Kept where ACCORD_KEEP is set.
class TempFolder {
 public:
  TempFolder();
  const std::string& path() const { return folder_.path(); }
  std::string Path(absl::string_view name) const { return folder_.Path(name); }

 private:
  ScratchFolder folder_;
};

}  // namespace accord::bench
