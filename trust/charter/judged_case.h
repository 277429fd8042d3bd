// One case before Judge, for this folder's own sources: what is given, what was read of it, and the verdict so far.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/accord/v1/charter.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/site_policy.h"
#include "trust/charter/verdict.h"

namespace accord {

struct JudgedCase {
  const ActiveCharter& active;
  const SitePolicy* policy;
  const HandedJob& job;
  const OwnSite& site;
  const absl::Time now;
  // The next four are there once what they are read from was found to be in order.
  JobOrder order{};
  const v1::Person* engineer = nullptr;
  v1::JobSpec spec{};
  bool has_spec = false;
  v1::CharterFloors floors{};        // of the charter, with what was loosened
  std::vector<v1::Rule> loosened{};  // by four eyes
  Verdict verdict{};

  const Charter& charter() const { return active.charter(); }
  void Refuse(std::string reason) { verdict.reasons.push_back(std::move(reason)); }
  bool IsLoosened(v1::Rule rule) const;
};

// Each adds its reasons. In this order:
void JudgeOrder(JudgedCase& judged);      // fills order and engineer
void JudgeApprovals(JudgedCase& judged);  // fills floors and loosened; needs an order
void JudgeJob(JudgedCase& judged);        // fills spec; needs an order
void JudgePolicy(JudgedCase& judged);     // needs all of them

}  // namespace accord
