#include "base/child_process.h"

#include <signal.h>
#include <sys/prctl.h>

#include "base/file.h"

namespace accord {

absl::Status DieWithParentAndHide() {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return ErrnoError("tie the process to", "its parent");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return ErrnoError("hide", "the process");
  return absl::OkStatus();
}

}  // namespace accord
