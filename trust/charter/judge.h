// May this job run at this site? One function, of things that the site verified itself: who submitted the job, what the
// coordinator calls it, and what others decided is not among them.
//
// Needed for a yes: a charter that is active and in force; an order under it, signed by one of its people in a role
// that may define jobs, not expired; the job's bytes, and what they carry, are the ones that the order names; purpose,
// data set, code, floors and hours are within the charter, but for rules that the charter lets two people of two
// organisations loosen and that such two have loosened for this order; the approvals that the charter asks for, each by
// a person of its own and none by the order's engineer; and the site's own policy. A refusal signed by someone who
// could approve, or by this site, stops the job for good.
//
// Adversary: the coordinator and whoever else handed over order, approvals and job; the holder of one stolen key; and
// up to half of the sites (active_charter.h). Pure: time comes in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/judge_memory.h"
#include "trust/charter/signed_statement.h"
#include "trust/charter/site_policy.h"
#include "trust/charter/verdict.h"

namespace accord {

// More approvals than this are not looked at, which is a reason.
inline constexpr size_t kMaxApprovals = 1000;

// What was handed over, as it was handed over.
struct HandedJob {
  absl::string_view job_bytes;  // of the JobSpec
  SignedStatement order;
  std::vector<SignedStatement> approvals;
};

// What the site knows of itself.
struct OwnSite {
  std::string site;
  std::optional<Sha256Digest> mapping;  // SHA-256 of its mapping file for the job's data set, where it has one
};

// `policy`: nullptr where the site has none, and then goes by the charter alone. `memory`: of this charter and its
// roster; the verdict is the same with it and without.
Verdict Judge(const ActiveCharter& charter, const SitePolicy* policy, const HandedJob& job, const OwnSite& site,
              absl::Time now, JudgeMemory* memory = nullptr);

}  // namespace accord
