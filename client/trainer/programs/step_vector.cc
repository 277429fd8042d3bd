#include "client/trainer/programs/step_vector.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace accord {

absl::StatusOr<StepVector> StepVector::Create(const v1::JobSpec& spec, const std::string& site,
                                              const v1::ComputeStep& step, absl::Span<uint8_t> bytes) {
  ACCORD_ASSIGN_OR_RETURN(VectorSchema schema,
                          StepSchema(spec, step.kind(), step.num_parameters(), step.cohort_size()));
  if (schema.num_bytes() != bytes.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the step's vector has ", schema.num_bytes(), " bytes, but there is room for ", bytes.size()));
  }
  return StepVector(std::move(schema), RandomStream({spec.seed(), site, step.step(), "rounding"}), bytes);
}

StepVector::StepVector(VectorSchema schema, RandomStream rounding, absl::Span<uint8_t> bytes)
    : schema_(std::move(schema)), rounding_(std::move(rounding)), elements_(schema_.ring(), bytes) {}

template <typename Real>
absl::Status StepVector::Encode(absl::string_view block, uint64_t first, absl::Span<const Real> values, bool whole) {
  const VectorSchema::PlacedBlock* placed = schema_.Find(block);
  const uint64_t size = placed == nullptr ? 0 : placed->block.num_elements;
  if (first > size || values.size() > size - first || (whole && values.size() != size)) {
    return absl::InternalError(
        absl::StrCat("block '", block, "' has ", size, " elements, not ", values.size(), " from ", first));
  }
  ACCORD_ASSIGN_OR_RETURN(
      const EncodeOutcome outcome,
      accord::Encode(*placed, values, rounding_, elements_.subspan(placed->offset + first, values.size())));
  outcome_.num_clipped += outcome.num_clipped;
  outcome_.num_not_finite += outcome.num_not_finite;
  return absl::OkStatus();
}

absl::Status StepVector::Put(absl::string_view block, absl::Span<const double> values) {
  return Encode(block, 0, values, /*whole=*/true);
}

absl::Status StepVector::Put(absl::string_view block, double value) { return Put(block, absl::MakeSpan(&value, 1)); }

absl::Status StepVector::PutTile(absl::string_view block, uint64_t first, absl::Span<const float> values) {
  return Encode(block, first, values, /*whole=*/false);
}

// Zero is encoded as zero, whatever the block's scale.
void StepVector::Clear() { std::fill(elements_.bytes().begin(), elements_.bytes().end(), uint8_t{0}); }

}  // namespace accord
