// An order as this site keeps it, before the judge.
//
// Adversary: the coordinator, which brings order, job and approvals, and may bring others the next time or leave some
// out. What was signed and seen once therefore counts on, and a refusal most of all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "client/daemon/governance/order_store.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/release_store.h"
#include "client/daemon/governance/stop_store.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/judge_memory.h"
#include "trust/charter/verdict.h"

namespace accord {

// Longest statement that is looked at as an approval.
inline constexpr size_t kMaxApprovalBytes = 4096;

// The mapping files of a site by data set: their SHA-256. One that cannot be read is left out.
std::map<std::string, Sha256Digest> HashMappings(const v1::SiteConfig& config);

// What is kept of the approvals of an order when others are handed over: those whose signature is good, each once, of
// two with the same meaning the one that holds for longer. What was kept stays. `site`: this one, whose own approvals
// count only from its own file, so that nobody can show it an old one; its refusals count from anywhere.
std::vector<SignedStatement> MergeApprovals(const ActiveCharter& charter, absl::string_view site,
                                            const Sha256Digest& order, std::vector<SignedStatement> kept,
                                            const std::vector<SignedStatement>& handed);

// Whether the order may ever hold under this charter: it is signed by the person of the charter whom it names as its
// engineer, who may define jobs and whose key the roster has not revoked, and ends within the time that an order may
// have. What may not is judged as it was brought, and takes no room here.
bool MayEverHold(const ActiveCharter& charter, const SignedStatement& order, absl::Time now);

// The version of a data set as it is now (trust/charter/data_version.h). UNAVAILABLE in words that follow on "and ": it
// is not known, and what is done about it. Reads no content: answers at once.
using DataVersionNow = std::function<absl::StatusOr<Sha256Digest>(const std::string& data_set)>;

// What this site knows of itself and has kept, to judge by.
struct KeptAtSite {
  std::string site;
  std::map<std::string, Sha256Digest> mappings;
  StopStore stops;
  ReleaseStore releases;
  DataVersionNow version_now;  // empty: nobody here knows any
};

// What was judged before under one charter.
struct CaseMemory {
  JudgeMemory judge;
  // The same papers under the same policy in the same second: the verdict is the same.
  struct Last {
    uint64_t reading = 0;                // KeptOrder::reading
    std::optional<Sha256Digest> policy;  // hash of its text
    int64_t second = 0;                  // since 1970
    Verdict verdict;
  };
  std::optional<Last> last;
};

// What this site says to the order at `now`. `rules` has a charter. Without the job's bytes the verdict waits for them.
// A job that an ombudsman stopped is refused for good, whatever else is said of it, and so is one for a purpose for
// which the owner of the rows did not release its data set.
// `memory`: of these rules' charter.
Verdict JudgeKept(const RulesInForce& rules, const KeptOrder& kept, const KeptAtSite& self, absl::Time now,
                  CaseMemory* memory = nullptr);

}  // namespace accord
