// The newest time stamp on the federation's log, and whether rounds may start by it: what the thread that asks for
// stamps writes, and the engine reads.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/store/log_store.h"

namespace accord {

// Thread-safe.
class StampBoard {
 public:
  // `oldest`: a stamp of this age lets no round start any more.
  explicit StampBoard(absl::Duration oldest) : oldest_(oldest) {}

  void Put(KeptStamp stamp);
  // The last try to get another one failed. Why, the coordinator's log says: those words are an authority's, or of how
  // it is reached, and reports go to everybody.
  void Fail();

  // Null: there is none.
  std::shared_ptr<const KeptStamp> newest() const;
  // Why no round may start at `now`, in words for a job's report; empty: it may. There is no late stamp; or the last
  // one is of a time that has not come yet by this machine's clock, which then says nothing about its age.
  std::string WhyNoRound(absl::Time now) const;
  // Until WhyNoRound begins to say why; infinite: it does already.
  absl::Duration TimeToClosing(absl::Time now) const;

 private:
  absl::Duration TimeToClosingLocked(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Duration oldest_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const KeptStamp> newest_ ABSL_GUARDED_BY(mutex_);  // shared: sites are shown it meanwhile
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;                      // the last try
};

}  // namespace accord
