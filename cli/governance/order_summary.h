// What a person is shown of an order before they sign, and what `accord order show` prints.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/governance/statement_files.h"
#include "trust/charter/foresight.h"
#include "trust/charter/signed_charter.h"

namespace accord {

// Paths as they were given; empty: not given.
struct SummarySources {
  std::string order;
  std::string charter;
  std::string job;
  std::vector<std::string> approvals;
  std::string last;      // the order that was approved before
  std::string last_job;  // its job
};

struct OrderSummary {
  ReadOrder order;
  std::optional<SignedCharter> charter;
  std::optional<ReadJob> job;
  std::vector<ReadApproval> approvals;
  std::optional<Foresight> foresight;  // where there is a charter
  std::string text;
  nlohmann::json json;
  // False where the job is another one than the order's, or no site will ever run it.
  bool sound = true;
};

// Reads all files that are given and says in words what the order is, who signed it, what changed since the last one,
// which approvals there are and what is lacking.
absl::StatusOr<OrderSummary> SummariseOrder(const SummarySources& sources, absl::Time now);

}  // namespace accord
