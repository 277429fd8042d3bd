// A checked job in plain words, for `accord job validate`: what runs, on what, and what every site will send.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/operations/submission.h"
#include "cli/vector_words.h"

namespace accord {

// What one kind of step will send.
struct PlannedStep {
  uint64_t rounds = 0;
  Departure departure;
};

// Cohort for which sizes are told: target_sites, else min_sites. A vector's length does not depend on it.
uint32_t PlannedCohort(const v1::JobSpec& spec);
// By kind of step, in the order of the job. INVALID_ARGUMENT when the ring cannot hold the job's sums.
absl::StatusOr<std::vector<PlannedStep>> PlannedSteps(const CheckedJob& job);

// How its sums are hidden, and from whom.
std::string ProtectionInWords(const v1::JobSpec& spec);
// True where somebody can learn a single site's numbers: plain sums, and sums of two sites.
bool ExposesSites(const v1::JobSpec& spec);

// How wide the ring of its sums is, and how finely it tells a change of a parameter.
std::string PrecisionInWords(const v1::JobSpec& spec, const std::vector<PlannedStep>& steps);

// Several lines, each ending with a line feed.
std::string JobSummary(const CheckedJob& job, const std::vector<PlannedStep>& steps);

}  // namespace accord
