#include "client/daemon/enrol/refusal_words.h"

#include "absl/strings/str_cat.h"

namespace accord {

absl::Status InWords(const grpc::Status& status, const std::string& coordinator, const char* what) {
  const std::string reason = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::UnavailableError(
          absl::StrCat("cannot ", what, " at ", coordinator, ": ", reason,
                       " (check the address, that the coordinator runs, and `proxy` where this machine needs one)"));
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::INVALID_ARGUMENT:
      return absl::PermissionDeniedError(absl::StrCat("the coordinator at ", coordinator, " refused: ", reason));
    default:
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          absl::StrCat("cannot ", what, " at ", coordinator, ": ", reason));
  }
}

}  // namespace accord
