// How a request reaches a time-stamp authority.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// Used by one thread, but for Cancel.
class StampTransport {
 public:
  virtual ~StampTransport() = default;

  // Sends a TimeStampReq and gives what came back, which nobody has looked at. May take as long as the transport's own
  // limits allow. UNAVAILABLE: no answer of this kind, and why, with the authority's address.
  virtual absl::StatusOr<std::string> Exchange(const std::string& request_der) = 0;
  // Ends an Exchange that is under way, and every later one. From any thread.
  virtual void Cancel() = 0;
};

}  // namespace accord
