// Where provenances are made for whoever asks: one at a time, on a thread of its own, because proving a long job's
// entries takes seconds, and neither gRPC's threads nor those that sum may wait for it. The last ones are kept for a
// minute, and given again where the log has not grown since.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "coordinator/engine/worker_pool.h"
#include "coordinator/server/provenance.h"
#include "coordinator/store/store.h"

namespace accord {

// Thread-safe. The destructor answers everybody first.
class ProvenanceDesk {
 public:
  static constexpr int kMaxWaiting = 32;
  static constexpr absl::Duration kKeptFor = absl::Minutes(1);

  // Both must outlive the desk.
  ProvenanceDesk(Store& store, Clock& clock) : store_(store), clock_(clock), worker_(1) {}

  using Done = absl::AnyInvocable<void(absl::StatusOr<std::string> text)>;
  // Answers on another thread. `is_wanted` is asked when its turn comes: CANCELLED without it. RESOURCE_EXHAUSTED, at
  // once and on this thread: kMaxWaiting others wait.
  void Ask(ProvenanceRequest request, absl::AnyInvocable<bool()> is_wanted, Done done);

 private:
  struct Kept {
    ProvenanceRequest request;
    StatedProvenance stated;
    absl::Time made;
  };
  absl::StatusOr<std::string> Answer(const ProvenanceRequest& request);
  void Keep(Kept kept);

  Store& store_;
  Clock& clock_;
  absl::Mutex mutex_;
  int num_waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Kept> kept_;  // of the worker's thread; the latest first
  WorkerPool worker_;     // last: its tasks use the others
};

}  // namespace accord
