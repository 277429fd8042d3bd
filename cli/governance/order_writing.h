// What a person signs about a job at the own desk: an engineer an order, others an approval or a refusal of it.
//
// Nothing is signed that cannot count: what the charter says against it is told with all reasons at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/order_summary.h"
#include "cli/governance/statement_files.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/charter/charter.h"

namespace accord {

// INVALID_ARGUMENT names those there are.
absl::StatusOr<v1::Role> ParseRole(const std::string& name);
// Ascending, each once. INVALID_ARGUMENT tells every name that is none.
absl::StatusOr<std::vector<v1::Rule>> ParseRules(const std::vector<std::string>& names);

struct OrderRequest {
  std::string purpose;
  uint32_t days = 0;                  // 0: a usual number, as far as the charter lets it
  std::vector<std::string> mappings;  // SITE=FILE
  std::vector<v1::Rule> loosens;
};
// INVALID_ARGUMENT: the mappings; FAILED_PRECONDITION: no site under this charter would ever run it, with all reasons.
absl::StatusOr<ReadOrder> SignOrder(const OrderRequest& request, const ReadJob& job, const Charter& charter,
                                    const PersonWithKey& person, absl::Time now);

struct ApprovalRequest {
  bool approves = true;
  v1::Role as = v1::ROLE_UNSPECIFIED;
  uint32_t days = 0;  // as of OrderRequest
  std::vector<v1::Rule> loosens;
};
// FAILED_PRECONDITION: it would not count, with all reasons.
absl::StatusOr<ReadApproval> SignApproval(const ApprovalRequest& request, const OrderSummary& order,
                                          const Charter& charter, const PersonWithKey& person, absl::Time now);

}  // namespace accord
