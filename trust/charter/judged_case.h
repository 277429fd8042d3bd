// One case before Judge or Foresee, for this folder's own sources: what is given, what was read of it, and what was
// found so far.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/accord/v1/charter.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/approval.h"
#include "trust/charter/charter.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/site_policy.h"
#include "trust/charter/verdict.h"
#include "trust/roster/roster.h"

namespace accord {

struct JudgedCase {
  const Charter& under;
  const SitePolicy* policy;  // nullptr: the site has none, or there is no site
  const HandedJob& job;
  const Roster* roster;  // nullptr where there is no site
  const OwnSite* site;   // nullptr: what holds for every site alike is judged
  const absl::Time now;
  const bool has_job = true;  // false: the job's bytes are not at hand and not judged
  // The next four are there once what they are read from was found to be in order.
  JobOrder order{};
  const v1::Person* engineer = nullptr;
  v1::JobSpec spec{};
  bool has_spec = false;
  v1::CharterFloors floors{};        // of the charter, with what was loosened
  std::vector<v1::Rule> loosened{};  // by four eyes
  Verdict verdict{};
  std::vector<size_t> waiting{};  // places in verdict.reasons

  const Charter& charter() const { return under; }
  void Refuse(std::string reason) { verdict.reasons.push_back(std::move(reason)); }
  // For a reason that time or an approval takes away.
  void Wait(std::string reason) {
    waiting.push_back(verdict.reasons.size());
    Refuse(std::move(reason));
    ++verdict.num_waiting;
  }
  bool IsLoosened(v1::Rule rule) const;
};

// Each adds its reasons. In this order:
void JudgeCharterTime(JudgedCase& judged);
void JudgeOrder(JudgedCase& judged);      // fills order and engineer
void JudgeApprovals(JudgedCase& judged);  // fills floors and loosened; needs an order
void JudgeJob(JudgedCase& judged);        // fills spec; needs an order
void JudgePolicy(JudgedCase& judged);     // needs all of them

}  // namespace accord
