// `accord-client jobs`, `show`, `approve` and `deny`: what the people of a site read of the jobs that are brought to
// it, and how they decide. Beside a running daemon and without one: what counts are the files in the state folder.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"

namespace accord {

struct OrderOptions {
  std::string config_path;
  std::string order;     // its hash or the first digits of it, or the id of the job that it was brought for
  uint32_t days = 0;     // of approve: how long it holds; 0: as long as order and charter let it
  bool as_site = false;  // of approve and deny: this site's own word is meant
  bool json = false;
  Clock* clock = &Clock::System();
};

// All orders that are kept: what waits for this site first.
absl::Status ListOrders(const OrderOptions& options, std::ostream& out);

// One: in words, what changed since the job that this site approved last, the verdict of this site's charter and policy
// with all clauses, and what was refused. NOT_FOUND: no such order or job; INVALID_ARGUMENT: several.
absl::Status ShowOrder(const OrderOptions& options, std::ostream& out);

// Signs this site's approval, keeps it and tells the daemon. FAILED_PRECONDITION: the order can never run here, with
// all reasons; this site refused it before; its key is not the one that the roster lists.
absl::Status ApproveOrder(const OrderOptions& options, std::ostream& out);
// The same for a refusal, which is for good.
absl::Status DenyOrder(const OrderOptions& options, std::ostream& out);

}  // namespace accord
