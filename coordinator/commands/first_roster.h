// The first roster of a federation, drafted by the coordinator itself once everybody who was invited is there.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "coordinator/store/store.h"

namespace accord {

// Thread-safe. Later rosters are drafted by people (accord-coordinator roster draft): who is to be left out, or shut
// out, is theirs to say.
class FirstRoster {
 public:
  // All must outlive it. The draft lies beside `config_path`.
  FirstRoster(std::string config_path, Store& store, Clock& clock)
      : config_path_(std::move(config_path)), store_(store), clock_(clock) {}

  // After each enrolment. Writes nothing while a site's token is open, once a roster was published, and over a file
  // that a site has signed. What goes wrong is told in the log: the enrolment has succeeded.
  void SomebodyEnrolled();
  std::string path() const;

 private:
  absl::StatusOr<bool> IsDue();

  const std::string config_path_;
  Store& store_;
  Clock& clock_;
  absl::Mutex mutex_;  // one draft at a time
};

}  // namespace accord
