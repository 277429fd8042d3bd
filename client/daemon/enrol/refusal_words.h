// What a coordinator's answer to an enrolment or a renewal means for the person who waits for it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace accord {

// `what`: "enrol", "renew the certificate". UNAVAILABLE: the coordinator was not reached; PERMISSION_DENIED: it says
// no.
absl::Status InWords(const grpc::Status& status, const std::string& coordinator, const char* what);

}  // namespace accord
