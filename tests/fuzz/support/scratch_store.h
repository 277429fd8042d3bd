// A coordinator's state folder for one run of a fuzz target.
#pragma once

#include "coordinator/store/store.h"

namespace accord::fuzz {

// Made at the first call under $TMPDIR (or /tmp), and removed when the program ends as it should.
Store& ScratchStore();

}  // namespace accord::fuzz
