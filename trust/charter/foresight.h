// What can be told of an order before any site judges it (judge.h): for whoever writes one, approves one or carries it.
//
// Adversary: as in judge.h. This is advice and lets nothing run: sites judge for themselves, by their own charter,
// policy, hours and clock. Pure: time comes in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "trust/charter/charter.h"
#include "trust/charter/signed_statement.h"

namespace accord {

struct Foresight {
  // No site under this charter will run it, whoever approves and however long one waits. Sentences with clauses.
  std::vector<std::string> reasons;
  // What may still come: approvals, the beginning of a time. Approvals of sites are not among them: each site asks for
  // its own.
  std::vector<std::string> awaited;
  // What was given and does not count, and why.
  std::vector<std::string> notes;
  std::string engineer;  // "person/ID", where the order is the engineer's; from the signed bytes alone
  std::string organisation;

  bool hopeless() const { return !reasons.empty(); }
};

// The charter need not be active yet. Rules that the order asks to loosen, and that the charter lets people loosen, are
// taken for loosened. `job_bytes`: of the JobSpec; nullopt where they are not at hand, and then nothing is said of
// them.
Foresight Foresee(const Charter& charter, const SignedStatement& order, absl::Span<const SignedStatement> approvals,
                  std::optional<absl::string_view> job_bytes, absl::Time now);

}  // namespace accord
