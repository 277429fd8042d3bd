// A connected site, as the engine sees it.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Thread-safe. Calls never block and do nothing once the session is over.
class SiteLink {
 public:
  virtual ~SiteLink() = default;
  // Messages arrive in order. Shared: one plan goes to a whole cohort.
  virtual void Send(std::shared_ptr<const v1::CoordinatorMessage> message) = 0;
  // Ends the session with this status.
  virtual void Close(absl::Status reason) = 0;
};

}  // namespace accord
