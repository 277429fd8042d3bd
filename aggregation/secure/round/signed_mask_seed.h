// A revealed mask seed and the sign with which its key stream is added to take the mask off a sum.
#pragma once

#include "aggregation/secure/mask_stream.h"
#include "base/secret.h"

namespace accord::secure {

// Move-only, as every seed is.
struct SignedMaskSeed {
  SecretBytes seed;  // 32 bytes
  MaskSign sign;     // what to do to the sum now: the opposite of what the site did
};

}  // namespace accord::secure
