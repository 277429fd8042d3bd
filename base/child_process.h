// What a process that another of ours starts sets on itself first.
#pragma once

#include "absl/status/status.h"

namespace accord {

// The process dies with its parent, writes no core file, and no other process of the same user can look into it.
absl::Status DieWithParentAndHide();

}  // namespace accord
