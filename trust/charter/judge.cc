#include "trust/charter/judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/utc_time.h"
#include "trust/charter/week_hours.h"

namespace accord {
namespace {

void JudgeCharterTime(JudgedCase& judged) {
  const Charter& charter = judged.charter();
  if (judged.now < charter.not_before()) {
    judged.Wait(absl::StrCat(charter.Clause("not_before"), " is ", FormatUtc(charter.not_before()),
                             ": nothing runs under it before"));
    judged.ChangesAt(charter.not_before());
  }
  if (judged.now >= charter.expires()) {
    judged.Refuse(absl::StrCat(charter.Clause("expires"), " was ", FormatUtc(charter.expires()),
                               ": nothing runs under it any more; amend it"));
  }
}

// Of a roster that holds for years, a revocation that never arrives would be missed for years.
void JudgeRosterDays(JudgedCase& judged) {
  const v1::CharterFloors& floors = judged.charter().terms().floors();
  if (judged.roster == nullptr || !floors.has_roster_days()) return;
  const absl::Time end = judged.roster->valid_until();
  const absl::Time fresh_from = end - absl::Hours(24) * floors.roster_days();
  if (judged.now >= fresh_from) return;
  judged.Wait(absl::StrCat("the roster, version ", judged.roster->version(), ", is valid ",
                           end == absl::InfiniteFuture() ? "without an end" : absl::StrCat("until ", FormatUtc(end)),
                           ", and ", judged.charter().Clause("floors.roster_days"), " lets nothing run more than ",
                           floors.roster_days(),
                           " days ahead of a roster's end: renew it (accord-coordinator roster "
                           "draft --valid-days ",
                           floors.roster_days(), ", sign, publish)"));
  judged.ChangesAt(fresh_from);
}

void JudgeSite(JudgedCase& judged) {
  if (judged.roster->Find(judged.site->site) == nullptr) {
    judged.Refuse(absl::StrCat("the roster does not list this site, ", judged.site->site));
  }
}

uint32_t StricterOf(uint32_t charter, bool written, uint32_t policy) {
  return written ? std::max(charter, policy) : charter;
}

JobTerms TermsOf(const JudgedCase& judged) {
  const v1::CharterFloors& floors = judged.floors;
  const v1::PolicyFloors own = judged.policy == nullptr ? v1::PolicyFloors() : judged.policy->rules().floors();
  JobTerms terms = judged.verdict.terms;
  terms.min_sites = StricterOf(floors.min_sites(), own.has_min_sites(), own.min_sites());
  terms.min_organisations =
      StricterOf(floors.min_organisations(), own.has_min_organisations(), own.min_organisations());
  terms.min_colluding_organisations = StricterOf(
      floors.min_colluding_organisations(), own.has_min_colluding_organisations(), own.min_colluding_organisations());
  terms.minimum_cell = StricterOf(floors.minimum_cell(), own.has_minimum_cell(), own.minimum_cell());
  terms.min_rows = StricterOf(floors.min_rows(), own.has_min_rows(), own.min_rows());
  terms.secure_sum = floors.secure_sum() || own.secure_sum();
  if (judged.policy != nullptr) terms.limits = judged.policy->rules().limits();
  return terms;
}

}  // namespace

bool JudgedCase::IsLoosened(v1::Rule rule) const {
  return std::find(loosened.begin(), loosened.end(), rule) != loosened.end();
}

void JudgedCase::Refuse(std::string reason) {
  if (findings != nullptr) findings->faults.push_back(reason);
  verdict.reasons.push_back(std::move(reason));
}

void JudgedCase::Wait(std::string reason) {
  if (findings != nullptr) findings->closed.push_back(reason);
  waiting.push_back(verdict.reasons.size());
  verdict.reasons.push_back(std::move(reason));
  ++verdict.num_waiting;
}

void JudgedCase::AwaitApproval(std::string reason, std::string missing) {
  if (findings != nullptr) findings->missing.push_back(std::move(missing));
  waiting.push_back(verdict.reasons.size());
  verdict.reasons.push_back(std::move(reason));
  ++verdict.num_waiting;
}

void JudgedCase::ChangesAt(absl::Time when) {
  if (findings != nullptr && when > now) findings->next_change = std::min(findings->next_change, when);
}

bool JudgedCase::IsSigned(const SignedStatement& statement, const std::string& domain, const VerifyingKey& key) const {
  const Sha256Digest name = memory == nullptr ? Sha256Digest{} : JudgeMemory::NameOf(statement);
  if (memory != nullptr && memory->WasGood(name)) return true;
  if (!key.Verify(domain, statement.bytes, statement.signature).ok()) return false;
  if (memory != nullptr) memory->KeepGood(name);
  return true;
}

void JudgeHours(JudgedCase& judged) {
  const v1::Charter& terms = judged.charter().terms();
  if (judged.IsLoosened(v1::RULE_HOURS) || terms.hours().empty()) return;
  // Hours begin and end with a minute.
  judged.ChangesAt(absl::UnixEpoch() + absl::Floor(judged.now - absl::UnixEpoch(), absl::Minutes(1)) +
                   absl::Minutes(1));
  if (IsOpen(terms.hours(), judged.now, absl::UTCTimeZone())) return;
  judged.Wait(absl::StrCat(judged.charter().Clause("hours"), " close at ", FormatUtc(judged.now)));
}

void BeginJudging(JudgedCase& judged) {
  judged.floors = judged.charter().terms().floors();
  judged.verdict.terms.valid_until = judged.charter().expires();
  judged.verdict.order = JobOrderHash(judged.job.order.bytes);
  JudgeCharterTime(judged);
  JudgeRosterDays(judged);
  judged.ChangesAt(judged.charter().expires());
}

Verdict Judge(const ActiveCharter& charter, const SitePolicy* policy, const HandedJob& job, const OwnSite& site,
              absl::Time now, JudgeMemory* memory) {
  JudgedCase judged{
      .under = charter.charter(), .policy = policy, .job = job, .roster = &charter.roster(), .site = &site, .now = now};
  judged.memory = memory;
  BeginJudging(judged);
  JudgeSite(judged);
  JudgeOrder(judged);
  // Without an order of somebody nothing else has a meaning.
  if (judged.engineer == nullptr) return std::move(judged.verdict);
  JudgeApprovals(judged);
  JudgeHours(judged);
  JudgeJob(judged);
  if (policy != nullptr) JudgePolicy(judged);
  judged.verdict.terms = TermsOf(judged);
  return std::move(judged.verdict);
}

}  // namespace accord
