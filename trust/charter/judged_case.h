// One case before Judge or Foresee, for this folder's own sources: what is given, what was read of it, and what was
// found so far.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/approval.h"
#include "trust/charter/charter.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/judge_memory.h"
#include "trust/charter/order_findings.h"
#include "trust/charter/signed_statement.h"
#include "trust/charter/site_policy.h"
#include "trust/charter/verdict.h"
#include "trust/roster/roster.h"

namespace accord {

struct JudgedCase {
  const Charter& under;
  const SitePolicy* policy;  // nullptr: the site has none, or there is no site
  const HandedJob& job;
  const Roster* roster;  // nullptr: sites' approvals are not looked at
  const OwnSite* site;   // nullptr: what holds for every site alike is judged, and every site's approval is taken
  const absl::Time now;
  const bool has_job = true;  // false: the job's bytes are not at hand and not judged
  // The next three are there once what they are read from was found to be in order.
  JobOrder order{};
  const v1::Person* engineer = nullptr;
  std::shared_ptr<const v1::JobSpec> spec{};
  v1::CharterFloors floors{};        // of the charter, with what was loosened
  std::vector<v1::Rule> loosened{};  // by four eyes
  Verdict verdict{};
  std::vector<size_t> waiting{};           // places in verdict.reasons
  OrderFindings* findings = nullptr;       // for ExamineOrder
  JudgeMemory* memory = nullptr;           // null: everything is worked out

  const Charter& charter() const { return under; }
  void Refuse(std::string reason);
  // For a reason that time takes away.
  void Wait(std::string reason);
  // For one that another approval takes away; `missing` in few words.
  void AwaitApproval(std::string reason, std::string missing);
  // From this moment on the judgement may be another.
  void ChangesAt(absl::Time when);
  bool IsLoosened(v1::Rule rule) const;
  bool IsSigned(const SignedStatement& statement, const std::string& domain, const VerifyingKey& key) const;
};

// Each adds its reasons. In this order:
void BeginJudging(JudgedCase& judged);    // fills floors, and the order's hash
void JudgeOrder(JudgedCase& judged);      // fills order and engineer
void JudgeApprovals(JudgedCase& judged);  // fills floors and loosened; needs an order
void JudgeHours(JudgedCase& judged);      // needs what was loosened
void JudgeJob(JudgedCase& judged);        // fills spec; needs an order
void JudgePolicy(JudgedCase& judged);     // needs all of them

}  // namespace accord
