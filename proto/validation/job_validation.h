// What a job must be beyond the rules of single fields, and the ways in which a job is read.
//
// A job's bytes are written once, at submission, with every default filled in; whoever receives them checks them whole
// and never changes them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Largest JobSpec in bytes that anybody accepts.
inline constexpr size_t kMaxJobBytes = size_t{1} << 20;

// Fills in every documented default of what was not written. With `places` an explicit 0 stays 0; without, a 0 whose
// default is another number counts as not written.
void ApplyDefaults(v1::JobSpec& spec, const FieldPlaces* places = nullptr);

// Adds a fault for each contradiction between fields: model against data and target, sites against each other, numbers
// that the secure sum cannot carry. Expects defaults to be applied and single fields to be checked (CheckRules).
void CheckJobSpec(const v1::JobSpec& spec, FaultList& faults);

// A job from a person's YAML file: read, completed and checked; the status lists every fault with file and line.
// `model.torchscript.file` stays as written (relative to the job file).
absl::StatusOr<v1::JobSpec> LoadJobSpec(const std::string& path);

// A job from a peer's bytes: refuses what is too long, is no JobSpec, has fields that this version does not know, or
// breaks a rule. Changes nothing: what was not filled in is a fault.
absl::StatusOr<v1::JobSpec> ParseJobSpec(absl::string_view bytes);

}  // namespace accord
