#include "client/daemon/federation/log_history.h"

namespace accord {

void LogHistory::Took(uint64_t entries) {
  const absl::Duration now = clock_.Monotonic();
  if (!moments_.empty() && entries <= moments_.back().entries) return;
  // The last but one is so near that it says enough of the last one's moment.
  const size_t size = moments_.size();
  if (size >= 2 && now - moments_[size - 2].at < longest_ / kSteps) {
    moments_.back() = Moment{now, entries};
  } else {
    moments_.push_back(Moment{now, entries});
  }
  while (moments_.size() >= 2 && now - moments_[1].at >= longest_) moments_.pop_front();
}

uint64_t LogHistory::EntriesBefore(absl::Duration age) const {
  const absl::Duration latest = clock_.Monotonic() - age;
  uint64_t entries = 0;
  for (const Moment& moment : moments_) {
    if (moment.at > latest) break;
    entries = moment.entries;
  }
  return entries;
}

}  // namespace accord
