#include "coordinator/governance/charter_in_force.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

void Activate(CharterState& state) {
  if (state.charter == nullptr) return;
  constexpr char kNextStep[] =
      "; have it signed by whoever is missing and publish it again (accord-coordinator charter publish)";
  if (state.roster == nullptr) {
    state.why_not_active =
        absl::StrCat("the published charter has no roster to hold its signatures against", kNextStep);
    return;
  }
  auto active = ActiveCharter::Create(*state.charter->file, state.roster->roster, state.charter->former.get());
  if (active.ok()) {
    state.active = *std::move(active);
  } else {
    state.why_not_active = absl::StrCat("under the roster in force ", active.status().message(), kNextStep);
  }
}

int64_t RosterOf(const CharterState& state) { return state.roster == nullptr ? 0 : state.roster->ordinal; }
int64_t CharterOf(const CharterState& state) { return state.charter == nullptr ? 0 : state.charter->ordinal; }

}  // namespace

bool IsEarlier(const CharterState& state, const CharterState& other) {
  return RosterOf(state) < RosterOf(other) || CharterOf(state) < CharterOf(other);
}

absl::StatusOr<std::shared_ptr<const CharterState>> CharterInForce::Current() {
  absl::MutexLock lock(&mutex_);
  const bool known = state_ != nullptr;
  const int64_t roster_known = known ? RosterOf(*state_) : 0;
  const int64_t charter_known = known ? CharterOf(*state_) : 0;
  ACCORD_ASSIGN_OR_RETURN(auto roster, rosters_.Latest(roster_known));
  ACCORD_ASSIGN_OR_RETURN(auto charter, charters_.Latest(charter_known));
  if (known && roster == nullptr && charter == nullptr) return state_;
  auto state = std::make_shared<CharterState>();
  state->roster = roster != nullptr || !known ? std::move(roster) : state_->roster;
  state->charter = charter != nullptr || !known ? std::move(charter) : state_->charter;
  Activate(*state);
  state_ = std::move(state);
  return state_;
}

}  // namespace accord
