#include "aggregation/secure/messages/survivor_quorum.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"
#include "aggregation/secure/messages/quorum.h"
#include "base/status.h"

namespace accord::secure {
namespace {

StatementTally::Added Outcome(StatementOutcome outcome, std::string words) { return {outcome, std::move(words), {}}; }

// The counts that signers vouch for must be possible at all.
absl::Status CheckCounts(const SurvivorSet& set) {
  const uint64_t n = set.cohort_size;
  const uint64_t t = set.required_signatures;
  if (n < 2 || n > kMaxCohort || t != RequiredSignatures(set.cohort_size)) {
    return absl::InvalidArgumentError(absl::StrCat(t, " signatures do not open a cohort of ", n));
  }
  if (2 * t <= n + set.colluding_sites) {
    return absl::InvalidArgumentError(absl::StrCat(set.colluding_sites, " colluding sites of ", n, " are too many"));
  }
  if (set.survivor_count < t || set.survivor_count > n) {
    return absl::InvalidArgumentError(absl::StrCat(set.survivor_count, " survivors of a cohort of ", n));
  }
  return absl::OkStatus();
}

absl::Status CheckSigners(size_t num_statements, const std::vector<std::string>& organisations, const SurvivorSet& set,
                          const ProofContext& context) {
  if (num_statements < set.required_signatures || num_statements > set.survivor_count) {
    return absl::InvalidArgumentError(absl::StrCat(num_statements, " statements of ", set.survivor_count,
                                                   " survivors; ", set.required_signatures, " are needed"));
  }
  if (num_statements <= MostSitesOwnedBy(context.colluding_organisations, organisations)) {
    return absl::InvalidArgumentError("all who signed may be colluding: their word alone proves nothing");
  }
  return absl::OkStatus();
}

}  // namespace

StatementTally::StatementTally(SurvivorSet set, std::vector<std::string> cohort)
    : set_(std::move(set)), cohort_(std::move(cohort)) {
  std::sort(cohort_.begin(), cohort_.end());
}

StatementTally::Added StatementTally::Add(const SignedBytes& message, SiteKeys keys) {
  auto parsed = ParseSurvivorStatement(message.bytes);
  if (!parsed.ok()) return Outcome(StatementOutcome::kMalformed, std::string(parsed.status().message()));
  const std::string site = parsed->site;
  if (!std::binary_search(cohort_.begin(), cohort_.end(), site)) {
    return Outcome(StatementOutcome::kNotInCohort, absl::StrCat(site, " is not of the cohort"));
  }
  auto verified = VerifySurvivorStatement(message, keys);
  if (!verified.ok()) return Outcome(StatementOutcome::kBadSignature, std::string(verified.status().message()));
  Added added{StatementOutcome::kCounted, "", *std::move(verified)};
  if (added.statement->set != set_) {
    const bool same_transcript = added.statement->set.transcript == set_.transcript;
    const bool same_hash = added.statement->set.survivors_hash == set_.survivors_hash;
    added.outcome = same_transcript && !same_hash ? StatementOutcome::kOtherSet : StatementOutcome::kOther;
    added.words = absl::StrCat(site, same_transcript ? " signed another set of survivors of this attempt"
                                                     : " signed a set of survivors of another attempt");
  } else if (!counted_.emplace(site, message).second) {
    added.outcome = StatementOutcome::kRepeated;
    added.words = absl::StrCat(site, " has been counted before");
  }
  return added;
}

absl::StatusOr<SurvivorSet> CheckOpenedProof(absl::Span<const SignedBytes> statements, absl::string_view job_id,
                                             const ProofContext& context) {
  if (statements.empty() || statements.size() > kMaxCohort) {
    return absl::InvalidArgumentError(absl::StrCat(statements.size(), " statements prove no opened attempt"));
  }
  SurvivorSet set;
  std::string previous;
  std::vector<std::string> organisations;
  for (const SignedBytes& message : statements) {
    ACCORD_ASSIGN_OR_RETURN(const SurvivorStatement statement, VerifySurvivorStatement(message, context.keys));
    if (previous.empty()) set = statement.set;
    if (statement.set != set) return absl::InvalidArgumentError("the statements are over different sets");
    if (statement.site <= previous) {
      return absl::InvalidArgumentError(absl::StrCat("the statements have ", statement.site, " twice or out of order"));
    }
    previous = statement.site;
    organisations.push_back(context.organisations(statement.site));
  }
  if (set.job_id != job_id) return absl::InvalidArgumentError(absl::StrCat("they are of another job, ", set.job_id));
  ACCORD_RETURN_IF_ERROR(CheckCounts(set));
  ACCORD_RETURN_IF_ERROR(CheckSigners(statements.size(), organisations, set, context));
  return set;
}

}  // namespace accord::secure
