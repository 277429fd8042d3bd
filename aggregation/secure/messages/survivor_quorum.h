// Counts signatures over one set of survivors, and proves an attempt opened to those that were absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/secure/messages/survivor_statement.h"

namespace accord::secure {

// What a statement was worth.
enum class StatementOutcome {
  kCounted,
  kRepeated,      // this site was counted before (whatever its complaints say now)
  kOtherSet,      // validly signed, over another set of the same transcript: evidence
  kOther,         // validly signed, of another attempt or with other counts
  kNotInCohort,   // by a site outside the cohort
  kBadSignature,  // not signed by the site that it names
  kMalformed,
};

// Not thread-safe.
class StatementTally {
 public:
  // `cohort`: the members whose signatures count.
  StatementTally(SurvivorSet set, std::vector<std::string> cohort);

  struct Added {
    StatementOutcome outcome = StatementOutcome::kMalformed;
    std::string words;                           // for people; empty when it was counted
    std::optional<SurvivorStatement> statement;  // when it was readable and validly signed
  };
  Added Add(const SignedBytes& message, SiteKeys keys);

  // At least t distinct members have signed.
  bool Reached() const { return counted_.size() >= set_.required_signatures; }
  const SurvivorSet& set() const { return set_; }
  // The statements counted, by site.
  const std::map<std::string, SignedBytes>& counted() const { return counted_; }

 private:
  SurvivorSet set_;
  std::vector<std::string> cohort_;
  std::map<std::string, SignedBytes> counted_;
};

// The organisation of a site of the roster; empty for one that is not in it.
using SiteOrganisations = absl::FunctionRef<std::string(absl::string_view site)>;

// What the roster says, for statements about a cohort that the checking site was not part of.
struct ProofContext {
  SiteKeys keys;
  SiteOrganisations organisations;
  uint32_t colluding_organisations = 0;
};

// Checks that the statements prove an opened attempt of `job_id`: sites ascending, all valid and over one set, exactly
// t = RequiredSignatures(n) or more of them and not more than n, 2t > n + C, |S| >= t, and more signers than
// `colluding_organisations` own of them. INVALID_ARGUMENT or UNAUTHENTICATED, in words. That the set of that attempt
// was computed from a cohort of these sites it cannot show; who took part compares with its own record.
absl::StatusOr<SurvivorSet> CheckOpenedProof(absl::Span<const SignedBytes> statements, absl::string_view job_id,
                                             const ProofContext& context);

}  // namespace accord::secure
