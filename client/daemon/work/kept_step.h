// One step's dealings with what its site keeps between rounds (client/daemon/state/kept_store.h): handed to the trainer
// in a sealed memory file, taken back in another, and durable before the step's vector may leave.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/daemon/state/kept_store.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/work/shared_vector.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/charter/site_policy.h"

namespace accord {

// Where a step keeps something, and what bounds that besides the store's own most.
struct KeptPlace {
  KeptStore* store;  // null: nothing is kept here
  std::optional<KeptStore::Bound> bound = std::nullopt;
};

// Of limits.kept_mib; `policy` may be null.
std::optional<KeptStore::Bound> KeptBoundOf(const SitePolicy* policy);

// Movable. Make on the decision thread, Begin and Keep on the trainer's, in this order.
class KeptStep {
 public:
  // nullopt: the step keeps nothing. FAILED_PRECONDITION: this site does not keep so much, UNAVAILABLE: not now. `plan`
  // has passed CheckJob.
  static absl::StatusOr<std::optional<KeptStep>> Make(const KeptPlace& place, const v1::JobSpec& spec,
                                                      const v1::Plan& plan, absl::string_view site);

  // Completes the request. UNAVAILABLE: the disk does not do what it should.
  absl::Status Begin(ComputeRequest& request);
  // For the operator: that something this site kept is not there; empty: nothing is lost. After Begin.
  const std::string& lost() const { return lost_; }
  absl::Status Keep(const ComputeResult& result);

 private:
  KeptStep() = default;
  // local_gain: how far the model got that this site trains alone, or why there is none to compare with.
  void GoOnAlone(const KeptStore::Found& found);

  KeptStore* store_ = nullptr;
  v1::KeptHead head_;
  uint32_t counted_step_ = 0;
  bool alone_ = false;                // local_gain
  bool first_weights_known_ = false;  // to the trainer
  std::string lost_;
  std::optional<KeptContent> before_;
  std::optional<SharedVector> after_;
};

}  // namespace accord
