// The charter by which this coordinator judges orders now: the one that was published last, under the roster that was.
//
// Publishing is done by another process, so whoever needs the newest looks again: Current costs two small queries, and
// the checks of all signatures only when something was published since.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/store/charter_store.h"
#include "coordinator/store/roster_store.h"
#include "trust/charter/active_charter.h"

namespace accord {

// Immutable.
struct CharterState {
  std::shared_ptr<const PublishedRoster> roster;    // null: none
  std::shared_ptr<const PublishedCharter> charter;  // null: none, and jobs run without orders
  std::optional<ActiveCharter> active;
  std::string why_not_active;  // where there is a charter: what it lacks under the roster in force, and what to do
};

// Whether `state` is of before `other`: what was looked up at once on two threads may come in either order, and what is
// in force never goes back.
bool IsEarlier(const CharterState& state, const CharterState& other);

// Thread-safe.
class CharterInForce {
 public:
  // Both must outlive it.
  CharterInForce(RosterStore& rosters, CharterStore& charters) : rosters_(rosters), charters_(charters) {}

  // Never null. DATA_LOSS: what is stored is none.
  absl::StatusOr<std::shared_ptr<const CharterState>> Current();

 private:
  RosterStore& rosters_;
  CharterStore& charters_;
  absl::Mutex mutex_;
  std::shared_ptr<const CharterState> state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
