// Virtual time: what is to happen, in the order of its moment. Nothing sleeps.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "absl/time/time.h"

namespace accord::simulation {

class EventQueue {
 public:
  absl::Duration now() const { return now_; }
  void After(absl::Duration delay, std::function<void()> what) { At(now_ + delay, std::move(what)); }
  // Moments in the past happen now. Of two at the same moment the one that was asked for first comes first.
  void At(absl::Duration moment, std::function<void()> what) {
    waiting_.emplace(std::max(moment, now_), std::move(what));
  }
  // False when nothing is left.
  bool RunNext() {
    if (waiting_.empty()) return false;
    auto next = waiting_.extract(waiting_.begin());
    now_ = next.key();
    next.mapped()();
    return true;
  }

 private:
  absl::Duration now_ = absl::ZeroDuration();
  std::multimap<absl::Duration, std::function<void()>> waiting_;
};

}  // namespace accord::simulation
