// A job as a program: the steps it consists of, and what a plan and a report say about each. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aggregation/programs/step_places.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Immutable.
class JobProgram {
 public:
  explicit JobProgram(const v1::JobSpec& spec);

  uint32_t num_steps() const { return static_cast<uint32_t>(steps_.size()); }
  // STEP_KIND_UNSPECIFIED for a step that the job has not.
  v1::StepKind KindOf(uint32_t step) const;
  // As StepPlaces.
  uint32_t RoundOf(uint32_t step) const { return places_.RoundOf(step); }
  uint32_t TurnOf(uint32_t step) const { return places_.TurnOf(step); }
  std::string SiteOf(uint32_t step) const { return places_.SiteOf(step); }
  // "round 3 of 10", "turn 2 of 4 (b) in cycle 3 of 10", "standardisation", "evaluation": how people are told about the
  // step.
  std::string Describe(uint32_t step) const;
  // The first step behind the rounds.
  uint32_t StepAfterRounds() const { return places_.StepAfterRounds(); }
  // Training rounds done when `step` is the next one to do.
  uint32_t RoundsDone(uint32_t step) const { return places_.RoundsDone(step); }
  uint32_t num_rounds() const { return places_.num_rounds(); }
  uint32_t num_turns() const { return places_.num_turns(); }

 private:
  std::vector<v1::StepKind> steps_;
  StepPlaces places_;
};

// What a plan says beyond its number; the spans and strings are copied.
struct PlanInputs {
  absl::Span<const std::string> cohort;
  uint32_t encoding_sites = 0;
  absl::string_view job_bytes;
  std::string job_sha256;
  // Flat float32 parameters; `model` may be left empty when they are not at hand or larger than kMaxInlineBytes.
  absl::string_view model;
  std::string model_digest;
  uint64_t model_bytes = 0;
  const v1::ColumnStatistics* statistics = nullptr;  // null until they are known
  uint64_t num_parameters = 0;                       // 0: all of the model's bytes are parameters
  absl::Span<const uint32_t> counted_steps =
      {};  // of the cohort's sites in ascending order; none: nobody keeps anything
};

// Objects up to this size travel within the plan; larger ones are fetched by their hash.
inline constexpr uint64_t kMaxInlineBytes = 64 << 10;

v1::Plan MakePlan(const JobProgram& program, const v1::PlanId& id, const PlanInputs& inputs);

// The parts of a round's report that follow from its plan; times, metrics and sizes are the caller's.
v1::RoundReport MakeRoundReport(const JobProgram& program, const v1::PlanId& id, v1::RoundOutcome outcome,
                                absl::Span<const v1::SiteAbsence> absences);

// What a reader of the report must know before he believes it, in whole sentences: plain sums, switched-off sandboxes,
// rounds of so few sites that each could work out the others' part, clipped updates, abandoned rounds.
std::vector<std::string> ReportNotes(const v1::JobReport& report);

}  // namespace accord
