#include "trust/charter/foresight.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "trust/charter/judge.h"
#include "trust/charter/judged_case.h"

namespace accord {

Foresight Foresee(const Charter& charter, const SignedStatement& order, absl::Span<const SignedStatement> approvals,
                  std::optional<absl::string_view> job_bytes, absl::Time now) {
  const HandedJob job{
      .job_bytes = job_bytes.value_or(""), .order = order, .approvals = {approvals.begin(), approvals.end()}};
  JudgedCase judged{.under = charter,
                    .policy = nullptr,
                    .job = job,
                    .roster = nullptr,
                    .site = nullptr,
                    .now = now,
                    .has_job = job_bytes.has_value()};
  BeginJudging(judged);
  JudgeOrder(judged);
  if (judged.engineer != nullptr) {
    JudgeApprovals(judged);
    JudgeJob(judged);
  }
  Foresight foresight;
  std::vector<std::string>& reasons = judged.verdict.reasons;
  for (size_t i = 0; i < reasons.size(); ++i) {
    const bool waits = std::binary_search(judged.waiting.begin(), judged.waiting.end(), i);
    (waits ? foresight.awaited : foresight.reasons).push_back(std::move(reasons[i]));
  }
  foresight.notes = std::move(judged.verdict.notes);
  foresight.engineer = std::move(judged.verdict.engineer);
  foresight.organisation = std::move(judged.verdict.organisation);
  return foresight;
}

}  // namespace accord
