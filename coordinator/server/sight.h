// What a person is shown: by may_see of the charter in force, and nothing else where there is none (docs/governance.md,
// "Who sees what").
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/charter.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Thread-safe.
class Sight {
 public:
  // Both must outlive it.
  Sight(Store& store, CharterInForce& charters) : store_(store), charters_(charters) {}

  // Of what belongs to no job. PERMISSION_DENIED as of accord::CheckMaySee; OK where there is no charter. A charter
  // that was published counts whether or not it is active under the roster of now: what runs out hides nothing less.
  absl::Status Check(const std::string& person, v1::Viewing::What what);
  // Of a job: OK also for one that came without an order.
  absl::Status CheckOf(const std::string& job_id, const std::string& person, v1::Viewing::What what);
  // How much of the job's report is for this person: all of it, where empty; else no more than StatusOf, since the job
  // is the person's own, and these words say why. PERMISSION_DENIED as of CheckOf.
  absl::StatusOr<std::string> WhyStatusOnly(const std::string& job_id, const std::string& person);

 private:
  Store& store_;
  CharterInForce& charters_;
};

// How a job stands and what became of it, by whose word, and what watchers say of it: nothing that a round
// computed, no model, no part of a site; the words of what it waits for may name one.
// `why_no_more`: a note.
v1::JobReport StatusOf(const v1::JobReport& report, const std::string& why_no_more);

}  // namespace accord
