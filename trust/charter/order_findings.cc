#include "trust/charter/order_findings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/charter/judge.h"
#include "trust/charter/judged_case.h"

namespace accord {
namespace {

void DemandEnoughSites(JudgedCase& judged, const OrderFindings& findings) {
  if (!findings.approving_sites.has_value() || !judged.has_spec) return;
  const size_t have = findings.approving_sites->size();
  const size_t needed = std::max(1u, judged.spec.rounds().min_sites());
  if (have >= needed) return;
  judged.AwaitApproval(
      absl::StrCat(have, " sites have approved the order, which ", judged.charter().Clause("approvals.each_site"),
                   " demands of each; the job needs ", needed),
      absl::StrCat("sites ", have, " of ", needed));
}

}  // namespace

OrderFindings ExamineOrder(const ActiveCharter& charter, const HandedJob& job, absl::Time now,
                           VerifiedStatements* verified) {
  OrderFindings findings;
  JudgedCase judged{.under = charter.charter(),
                    .policy = nullptr,
                    .job = job,
                    .roster = &charter.roster(),
                    .site = nullptr,
                    .now = now};
  judged.findings = &findings;
  judged.verified = verified;
  BeginJudging(judged);
  JudgeOrder(judged);
  if (judged.engineer != nullptr) {
    JudgeApprovals(judged);
    JudgeHours(judged);
    JudgeJob(judged);
    DemandEnoughSites(judged, findings);
  }
  findings.notes = std::move(judged.verdict.notes);
  findings.order = std::move(judged.order);
  findings.order_hash = judged.verdict.order;
  findings.organisation = std::move(judged.verdict.organisation);
  return findings;
}

absl::StatusOr<Approval> CheckHandedApproval(const ActiveCharter& charter, const HandedJob& given,
                                             const SignedStatement& approval, absl::Time now,
                                             VerifiedStatements* verified) {
  ACCORD_ASSIGN_OR_RETURN(Approval said, ParseApproval(approval.bytes));
  HandedJob with = given;
  with.approvals.push_back(approval);
  if (with.approvals.size() > kMaxApprovals) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the order has ", kMaxApprovals, " approvals, the most there are"));
  }
  const absl::Time when = std::max(now, said.not_before);
  const size_t before = ExamineOrder(charter, given, when, verified).notes.size();
  const OrderFindings after = ExamineOrder(charter, with, when, verified);
  if (after.notes.size() > before) return absl::InvalidArgumentError(after.notes.back());
  return said;
}

}  // namespace accord
