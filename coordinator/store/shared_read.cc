#include "coordinator/store/shared_read.h"

#include <algorithm>
#include <utility>

namespace accord {

absl::Status SharedRead::Fresh(absl::Duration now, absl::FunctionRef<absl::Status()> read) {
  absl::Status found;
  const std::shared_ptr<Flight> mine = Begin(now, found);
  if (mine == nullptr) return found;
  found = read();
  End(*mine, found);
  return found;
}

void SharedRead::Note(absl::Duration now) {
  absl::MutexLock lock(&mutex_);
  seen_ = std::max(seen_, now);
}

std::shared_ptr<SharedRead::Flight> SharedRead::Begin(absl::Duration now, absl::Status& found) {
  absl::MutexLock lock(&mutex_);
  while (now - seen_ >= counts_for_) {
    if (flight_ == nullptr) {
      flight_ = std::make_shared<Flight>(Flight{now, false, absl::OkStatus()});
      return flight_;
    }
    const std::shared_ptr<Flight> other = flight_;
    if (waits_) waits_();
    mutex_.Await(absl::Condition(&other->over));
    if (now - other->begun >= counts_for_) continue;
    found = other->status;
    return nullptr;
  }
  found = absl::OkStatus();
  return nullptr;
}

void SharedRead::End(Flight& flight, absl::Status status) {
  absl::MutexLock lock(&mutex_);
  if (status.ok()) seen_ = std::max(seen_, flight.begun);
  flight.status = std::move(status);
  flight.over = true;
  flight_ = nullptr;
}

}  // namespace accord
