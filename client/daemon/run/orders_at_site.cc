#include "client/daemon/run/orders_at_site.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "client/daemon/governance/kept_case.h"
#include "client/daemon/training/version_keeper.h"
#include "proto/validation/config_validation.h"
#include "trust/charter/approval.h"

namespace accord {
namespace {

constexpr size_t kLeastDigits = 6;

OrderState StateOf(const KeptOrder& kept, const Verdict& verdict, const Charter& charter) {
  if (verdict.allowed()) return kept.job_id.empty() ? OrderState::kAllowed : OrderState::kRunning;
  if (!verdict.waits()) return OrderState::kRefused;
  const bool undecided = charter.terms().approvals().each_site() && !kept.own.has_value();
  return undecided ? OrderState::kWaitsForThisSite : OrderState::kWaits;
}

}  // namespace

std::string OrderStateName(OrderState state) {
  switch (state) {
    case OrderState::kWaitsForThisSite:
      return "waits for this site";
    case OrderState::kWaits:
      return "waits";
    case OrderState::kAllowed:
      return "allowed";
    case OrderState::kRunning:
      return "begun";
    case OrderState::kRefused:
      return "refused";
  }
  return "refused";
}

absl::StatusOr<OrdersAtSite> ReadOrders(const std::string& config_path, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(v1::SiteConfig config, LoadSiteConfig(config_path));
  StateFolder folder(config.state_dir());
  PinnedCharter pinned(config);
  ACCORD_ASSIGN_OR_RETURN(RulesInForce rules, pinned.Current());
  if (rules.charter == nullptr) {
    return absl::FailedPreconditionError(
        "this site has pinned no charter, so that there are no orders to decide about: accord-client charter pin FILE");
  }
  OrdersAtSite at{std::move(config), std::move(folder), std::move(rules), {}};
  VersionKeeper versions(at.config, VersionKeeper::Options(), Clock::System());
  const KeptAtSite self{at.config.site(), HashMappings(at.config), StopStore(at.folder.StopFolder()),
                        ReleaseStore(at.folder.ReleaseFolder()),
                        [&versions](const std::string& data_set) { return versions.LookNow(data_set); }};
  for (KeptOrder& kept : OrderStore(at.folder.OrderFolder()).All()) {
    auto order = ParseJobOrder(kept.order.bytes);
    if (!order.ok()) continue;
    Verdict verdict = JudgeKept(at.rules, kept, self, now);
    const OrderState state = StateOf(kept, verdict, at.rules.charter->charter());
    at.orders.push_back({std::move(kept), *std::move(order), std::move(verdict), state});
  }
  std::stable_sort(at.orders.begin(), at.orders.end(),
                   [](const JudgedOrder& a, const JudgedOrder& b) { return a.state < b.state; });
  return at;
}

absl::StatusOr<const JudgedOrder*> OrdersAtSite::Find(const std::string& name) const {
  std::vector<const JudgedOrder*> found;
  for (const JudgedOrder& order : orders) {
    const bool by_hash = name.size() >= kLeastDigits && absl::StartsWith(HexDigest(order.kept.hash), name);
    if (by_hash || order.kept.job_id == name || (order.kept.job_id.empty() && order.kept.brought_as == name)) {
      found.push_back(&order);
    }
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("no order or job ", name,
                                            " was brought to this site; accord-client jobs "
                                            "lists them (an order by ",
                                            kLeastDigits, " digits of its hash or more)"));
  }
  return absl::InvalidArgumentError(absl::StrCat(name, " fits ", found.size(), " orders; write more digits"));
}

const JudgedOrder* OrdersAtSite::LastApproved(const JudgedOrder& order) const {
  const JudgedOrder* last = nullptr;
  absl::Time last_at = absl::InfinitePast();
  for (const JudgedOrder& other : orders) {
    if (other.kept.hash == order.kept.hash || !other.kept.own.has_value() || other.kept.job_bytes.empty()) continue;
    const auto approval = ParseApproval(other.kept.own->bytes);
    if (!approval.ok() || !approval->approves || approval->not_before <= last_at) continue;
    last = &other;
    last_at = approval->not_before;
  }
  return last;
}

}  // namespace accord
