// One look at what others may have changed, for all who want to know at the same moment: the first one reads, and
// whoever comes meanwhile waits for it and takes what it found. Without this, as many calls as come at once would each
// queue at the one connection to the database, to read the same again.
#pragma once

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace accord {

// Thread-safe.
class SharedRead {
 public:
  // What was read counts for so long. `waits` is called by each call that is about to wait for another's, and must not
  // call back: for tests.
  explicit SharedRead(absl::Duration counts_for, std::function<void()> waits = nullptr)
      : counts_for_(counts_for), waits_(std::move(waits)) {}

  // OK: what was read, by this call or another, counts at `now` (Clock::Monotonic). Otherwise the error of `read`,
  // which is shared by those who waited for it; whoever comes later, or has waited so long that it counts no more,
  // reads anew. One `read` runs at a time, and none where what was read still counts. It may block and does not call
  // back.
  absl::Status Fresh(absl::Duration now, absl::FunctionRef<absl::Status()> read);
  // Somebody has read by other ways what was there at `now`.
  void Note(absl::Duration now);

 private:
  struct Flight {
    absl::Duration begun;
    bool over = false;  // guarded by mutex_, as `status` is
    absl::Status status;
  };

  // The flight that this call is to make, or null where it need not; `found`: then what to answer.
  std::shared_ptr<Flight> Begin(absl::Duration now, absl::Status& found);
  void End(Flight& flight, absl::Status status);

  const absl::Duration counts_for_;
  const std::function<void()> waits_;
  absl::Mutex mutex_;
  absl::Duration seen_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  std::shared_ptr<Flight> flight_ ABSL_GUARDED_BY(mutex_);  // shared with those who wait for it
};

}  // namespace accord
