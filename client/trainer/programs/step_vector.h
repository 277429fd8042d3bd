// Fills one step's vector block by block, straight into the memory file that the daemon gave.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/codec.h"
#include "base/random_stream.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// Rounding is drawn from (job seed, site, step, "rounding") in the order of the calls, so the same calls give the same
// bits. Not thread-safe.
class StepVector {
 public:
  // `bytes` outlives this, begins where a word may lie and must be exactly as long as the step's schema:
  // INVALID_ARGUMENT with both lengths.
  static absl::StatusOr<StepVector> Create(const v1::JobSpec& spec, const std::string& site,
                                           const v1::ComputeStep& step, absl::Span<uint8_t> bytes);

  // Does the step have such a block?
  bool Has(absl::string_view block) const { return schema_.Find(block) != nullptr; }

  // The whole block. INTERNAL when the schema has no such block, or not of that size.
  absl::Status Put(absl::string_view block, absl::Span<const double> values);
  absl::Status Put(absl::string_view block, double value);

  // A large block in tiles, in order from its beginning.
  absl::Status PutTile(absl::string_view block, uint64_t first, absl::Span<const float> values);

  // Makes it the encoding of zeros everywhere: what leaves when a site's rows give no answer.
  void Clear();

  RingWidth ring() const { return elements_.ring(); }
  // Over all calls so far; Clear does not reset them.
  const EncodeOutcome& outcome() const { return outcome_; }

 private:
  StepVector(VectorSchema schema, RandomStream rounding, absl::Span<uint8_t> bytes);
  template <typename Real>
  absl::Status Encode(absl::string_view block, uint64_t first, absl::Span<const Real> values, bool whole);

  VectorSchema schema_;
  RandomStream rounding_;
  RingBytes elements_;
  EncodeOutcome outcome_;
};

}  // namespace accord
