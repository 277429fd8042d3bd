// "Stop this job": what an ombudsman of the charter signs. It names a job by its bytes, so that no other order brings
// the same job back, and one charter; it holds for ever.
//
//   accord-stop-v1
//   charter: HEX            hash of the charter whose ombudsman it is
//   job: HEX                SHA-256 of the JobSpec's bytes
//   ombudsman: ID           a person of the charter
//   time: TIME              UTC, by that person's clock
//   reason: TEXT            one line each, at least one
//
// Signed in the domain accord/v1/stop. Adversary: whoever handed over the bytes, or would rather not hand them on:
// there is nothing in it that only the coordinator could bring.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"

namespace accord {

inline constexpr char kStopDomain[] = "accord/v1/stop";

struct JobStop {
  Sha256Digest charter{};
  Sha256Digest job{};
  std::string ombudsman;
  absl::Time time;
  std::vector<std::string> reasons;

  friend bool operator==(const JobStop&, const JobStop&) = default;
};

// INVALID_ARGUMENT: what ParseJobStop would not take.
absl::StatusOr<std::string> WriteJobStop(const JobStop& stop);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<JobStop> ParseJobStop(absl::string_view bytes);

// "the ombudsman dora stopped this job: no consent was asked for".
std::string StopInWords(const JobStop& stop);

}  // namespace accord
