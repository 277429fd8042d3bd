// What can be said of a job order by somebody who is no site: will it ever run, and what is it waiting for? The same
// rules as Judge (judge.h), but for what each site adds of its own: its approval, its mapping file, its policy.
//
// For the coordinator and for people at their desks: an early and clear answer to the honest. No site goes by it.
// Adversary: whoever handed over order, approvals and job. Pure: time comes in.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge_memory.h"
#include "trust/charter/signed_statement.h"

namespace accord {

struct HandedJob;

struct OrderFindings {
  // Sentences, as in Verdict. Whatever comes, the order will not run: a clause is broken, or somebody refused it, or
  // its time is over.
  std::vector<std::string> faults;
  // Approvals that it still needs, in few words: "steward 0 of 1".
  std::vector<std::string> missing;
  // Why it may not run at this hour.
  std::vector<std::string> closed;
  // Approvals that do not count, and why, in the order in which they were given.
  std::vector<std::string> notes;
  // Where the charter asks each site for its own word: who gave it, can take part and has not refused. nullopt: it does
  // not ask.
  std::optional<std::set<std::string>> approving_sites;
  // Where these are fewer than the job needs: "sites 1 of 3 (not yet: basel, va)". Apart from `missing`, since it only
  // ever holds a job: other sites may yet approve, and this one's approval may be given anew.
  std::string few_sites;
  std::set<std::string> refusing_sites;
  // The first moment from now on at which all this may be otherwise without anything being handed in.
  absl::Time next_change = absl::InfiniteFuture();

  JobOrder order{};  // of bytes that can be read
  Sha256Digest order_hash{};
  std::string organisation;  // the engineer's, where the order is that engineer's

  bool holds() const { return faults.empty(); }
  bool may_run() const { return faults.empty() && missing.empty() && few_sites.empty() && closed.empty(); }
};

// Whether the job is one for this site: the roster lists it, the job invites it, and the charter lets it release the
// data set. What the site itself says to that is another matter.
bool IsAsked(const ActiveCharter& charter, const v1::JobSpec& job, absl::string_view site);

// Rules that the order asks to loosen count as loosened for the job itself, since approvals may still come; whether
// they have come is told in `missing`. `memory`: may be null. `has_job`: false where the job's bytes are not at hand;
// what the order and approvals say is judged then.
OrderFindings ExamineOrder(const ActiveCharter& charter, const HandedJob& job, absl::Time now,
                           JudgeMemory* memory = nullptr, bool has_job = true);

// An approval that counts, or a refusal, for the order: OK. INVALID_ARGUMENT: it never will, and why.
// FAILED_PRECONDITION: the order itself is not its engineer's, and so nothing can be said of it. `given`: those that
// are there already and were found good. An approval whose time has not begun is looked at as if it had. Costs one
// check of a signature, and of the order's where `memory` has it not; only that one is added to `memory`.
absl::StatusOr<Approval> CheckHandedApproval(const ActiveCharter& charter, const SignedStatement& order,
                                             absl::Span<const Approval> given, const SignedStatement& approval,
                                             absl::Time now, JudgeMemory* memory = nullptr);

}  // namespace accord
