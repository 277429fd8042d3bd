// The orders of a site as the commands see them, judged at one moment.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "client/daemon/governance/order_store.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/job_order.h"
#include "trust/charter/verdict.h"

namespace accord {

enum class OrderState {
  kWaitsForThisSite,  // for nothing but its approval, or for that too
  kWaits,             // for others, or for a time
  kAllowed,           // and its job has not begun here
  kRunning,           // its job has begun here
  kRefused,
};
// As people and programs read it: "waits for this site".
std::string OrderStateName(OrderState state);

struct JudgedOrder {
  KeptOrder kept;
  JobOrder order;
  Verdict verdict;
  OrderState state = OrderState::kRefused;
};

struct OrdersAtSite {
  v1::SiteConfig config;
  StateFolder folder;
  RulesInForce rules;  // with a charter
  std::vector<JudgedOrder> orders;

  // By hash, its first digits (six at least), or job. NOT_FOUND; INVALID_ARGUMENT: more than one.
  absl::StatusOr<const JudgedOrder*> Find(const std::string& name) const;
  // What this site approved last, other than `order`; nullptr: nothing.
  const JudgedOrder* LastApproved(const JudgedOrder& order) const;
};

// FAILED_PRECONDITION: this site has pinned no charter, or cannot go by it.
absl::StatusOr<OrdersAtSite> ReadOrders(const std::string& config_path, absl::Time now);

}  // namespace accord
