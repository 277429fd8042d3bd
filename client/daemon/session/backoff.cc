#include "client/daemon/session/backoff.h"

#include <algorithm>

namespace accord {

absl::Duration Backoff::Next() {
  const absl::Duration delay = nominal_ * (1 + kJitter * (2 * uniform_() - 1));
  nominal_ = std::min(nominal_ * kGrowth, kLongest);
  return std::min(delay, kLongest);
}

}  // namespace accord
