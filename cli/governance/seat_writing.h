// What ombudsmen and leads sign about a job or a site that runs: a stop, a complaint, an answer.
//
// Nothing is signed that would not count under the charter: the same checks as at the coordinator and the sites, but
// for the roster, which is not at hand here; whoever takes the statement asks it about the signer's key.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "cli/governance/governed_files.h"
#include "trust/charter/charter.h"
#include "trust/charter/signed_statement.h"

namespace accord {

// Words as a statement's lines: cut at line ends, and where a line would be too long at a space. Empty lines go.
std::vector<std::string> LinesOfWords(const std::vector<std::string>& words);

// FAILED_PRECONDITION or INVALID_ARGUMENT: it would not count, and why.
absl::StatusOr<SignedStatement> SignStop(const Sha256Digest& job, const std::vector<std::string>& reason,
                                         const Charter& charter, const PersonWithKey& person, absl::Time now);

struct ComplaintRequest {
  std::string job_id;  // in full; or
  std::string site;
  std::vector<std::string> text;
  uint32_t days = 0;  // for an answer; 0: the charter's
};
absl::StatusOr<SignedStatement> SignComplaint(const ComplaintRequest& request, const Charter& charter,
                                              const PersonWithKey& person, absl::Time now);

absl::StatusOr<SignedStatement> SignAnswer(const Sha256Digest& complaint, const std::vector<std::string>& text,
                                           const Charter& charter, const PersonWithKey& person, absl::Time now);

}  // namespace accord
