#include "trust/charter/order_findings.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "trust/charter/approval_checks.h"
#include "trust/charter/judge.h"
#include "trust/charter/judged_case.h"

namespace accord {
namespace {

template <typename List>
bool NamesSite(const List& sites, absl::string_view site) {
  return sites.empty() || std::find(sites.begin(), sites.end(), site) != sites.end();
}

// Who could still approve, of many the first ones.
std::string AwaitedSites(const ActiveCharter& charter, const v1::JobSpec& job, const OrderFindings& findings) {
  constexpr size_t kMostNamed = 20;
  std::vector<std::string> awaited;
  size_t more = 0;
  for (const RosterSite& site : charter.roster().sites()) {
    if (findings.approving_sites->contains(site.site) || findings.refusing_sites.contains(site.site)) continue;
    if (!IsAsked(charter, job, site.site)) continue;
    if (awaited.size() < kMostNamed) {
      awaited.push_back(site.site);
    } else {
      ++more;
    }
  }
  if (awaited.empty()) return "none is left";
  return absl::StrCat(absl::StrJoin(awaited, ", "), more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

void DemandEnoughSites(const ActiveCharter& charter, const JudgedCase& judged, OrderFindings& findings) {
  if (!findings.approving_sites.has_value() || judged.spec == nullptr) return;
  std::erase_if(*findings.approving_sites, [&](const std::string& site) {
    return findings.refusing_sites.contains(site) || !IsAsked(charter, *judged.spec, site);
  });
  const size_t have = findings.approving_sites->size();
  const size_t needed = std::max(1u, judged.spec->rounds().min_sites());
  if (have < needed) {
    findings.few_sites =
        absl::StrCat("sites ", have, " of ", needed, " (not yet: ", AwaitedSites(charter, *judged.spec, findings), ")");
  }
}

}  // namespace

bool IsAsked(const ActiveCharter& charter, const v1::JobSpec& job, absl::string_view site) {
  if (charter.roster().Find(site) == nullptr || !NamesSite(job.rounds().sites(), site)) return false;
  const auto& data_sets = charter.charter().terms().data_sets();
  return std::all_of(data_sets.begin(), data_sets.end(), [&](const v1::CharterDataSet& data_set) {
    return data_set.name() != job.data().name() || NamesSite(data_set.sites(), site);
  });
}

OrderFindings ExamineOrder(const ActiveCharter& charter, const HandedJob& job, absl::Time now, JudgeMemory* memory,
                           bool has_job) {
  OrderFindings findings;
  JudgedCase judged{.under = charter.charter(),
                    .policy = nullptr,
                    .job = job,
                    .roster = &charter.roster(),
                    .site = nullptr,
                    .now = now,
                    .has_job = has_job};
  judged.findings = &findings;
  judged.memory = memory;
  BeginJudging(judged);
  JudgeOrder(judged);
  if (judged.engineer != nullptr) {
    JudgeApprovals(judged);
    JudgeHours(judged);
    JudgeJob(judged);
    DemandEnoughSites(charter, judged, findings);
  }
  findings.notes = std::move(judged.verdict.notes);
  findings.order = std::move(judged.order);
  findings.order_hash = judged.verdict.order;
  findings.organisation = std::move(judged.verdict.organisation);
  return findings;
}

absl::StatusOr<Approval> CheckHandedApproval(const ActiveCharter& charter, const SignedStatement& order,
                                             absl::Span<const Approval> given, const SignedStatement& approval,
                                             absl::Time now, JudgeMemory* memory) {
  ACCORD_ASSIGN_OR_RETURN(Approval said, ParseApproval(approval.bytes));
  const HandedJob job{.job_bytes = "", .order = order, .approvals = {}};
  JudgedCase judged{.under = charter.charter(),
                    .policy = nullptr,
                    .job = job,
                    .roster = &charter.roster(),
                    .site = nullptr,
                    .now = std::max(now, said.not_before),
                    .has_job = false};
  judged.memory = memory;
  BeginJudging(judged);
  JudgeOrder(judged);
  if (judged.engineer == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing can be said of this order: ", absl::StrJoin(judged.verdict.reasons, "; ")));
  }
  judged.memory = nullptr;  // whether it is kept is not known yet
  JudgeOneApproval(judged, said, approval, given);
  if (!judged.verdict.notes.empty()) return absl::InvalidArgumentError(judged.verdict.notes.front());
  return said;
}

}  // namespace accord
