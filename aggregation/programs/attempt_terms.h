// What the parties of one attempt at a secure sum agree on, as it follows from the job and its plan: computed by the
// coordinator and by every site with this one function, each from the bytes that it has itself.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/agreement/attempt_terms.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// What a plan says of an attempt.
struct PlannedAttempt {
  std::string job_id;
  std::string job_sha256;  // hexadecimal, of the job's bytes
  uint32_t epoch = 0;
  v1::StepKind kind = v1::STEP_KIND_UNSPECIFIED;
  uint32_t step = 0;
  uint32_t round = 0;
  uint32_t attempt = 0;
  uint32_t cohort_size = 0;
  uint32_t encoding_sites = 0;
  uint64_t num_parameters = 0;
  std::string model_digest;                          // hexadecimal, of the model's bytes
  const v1::ColumnStatistics* statistics = nullptr;  // null or empty: none yet
  std::string log_head;                              // the bytes of the head that the plan names; empty: none
  Sha256Digest charter_hash{};                       // of the charter that the job's order names; zero: no order
};

// True unless the job says that its sums are plain.
bool HasSecureSum(const v1::JobSpec& spec);
// Organisations that the sum stays closed to, together with the coordinator. Of a job that ApplyDefaults completed.
uint32_t ColludingOrganisationsOf(const v1::JobSpec& spec);

// INVALID_ARGUMENT: a hash is none, the vector does not fit the ring, or there is no sparse graph for a cohort of this
// size (says what to change in the job).
absl::StatusOr<secure::AttemptTerms> AttemptTermsOf(const v1::JobSpec& spec, const PlannedAttempt& planned);

}  // namespace accord
