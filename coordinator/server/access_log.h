// Writes down who reads what: an entry of the federation's log for each person, thing and hour (docs/log.md).
//
// The entry is on the disk before the thing is given, so that nobody reads what the log does not show; a log that
// cannot be written gives nothing. Reading again within the hour costs nothing, so that whoever watches a job does not
// flood the log; and of one person no more than some hundred rounds' things an hour are given, so that nobody buries
// what was read before. What is not of a round (reports, papers, the log) is bounded by the number of jobs and given
// always: an ombudsman who has read a lot can still stop a job. Written on the caller's thread, never on the engine's:
// no round waits for it but as any transaction of the database waits for another.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "coordinator/store/store.h"
#include "trust/log/log_payloads.h"

namespace accord {

// Thread-safe.
class AccessLog {
 public:
  // Models and provenances of single rounds that are given to one person within an hour.
  static constexpr int kMostAnHour = 200;

  // Both must outlive it.
  AccessLog(Store& store, Clock& clock) : store_(store), clock_(clock) {}

  // Durable on return. With an error nothing may be given: RESOURCE_EXHAUSTED: the person has read of kMostAnHour
  // rounds; else as of the database.
  absl::Status Enter(const std::string& person, const AccessPayload& access);

 private:
  // Beyond so many of one hour the next are written without a look at what was before.
  static constexpr size_t kMostRemembered = 100'000;
  using Key = std::tuple<std::string, AccessPayload::What, uint32_t, std::string>;

  Store& store_;
  Clock& clock_;
  absl::Mutex mutex_;
  int64_t hour_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<Key> entered_ ABSL_GUARDED_BY(mutex_);  // in this hour, as are these:
  std::map<std::string, int> num_entered_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
