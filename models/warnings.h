// What LibTorch warns of. For this room's own files.
#pragma once

namespace accord {

// Nothing of it reaches a log from now on.
void DropWarnings();

}  // namespace accord
