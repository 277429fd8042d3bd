#include "cli/vector_words.h"

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/programs/step_words.h"
#include "base/status.h"
#include "cli/numbers.h"

namespace accord {
namespace {

std::string ContentInWords(const VectorBlock& block) {
  return absl::StrCat(Plural(block.num_elements, "number"), ": ", BlockInWords(block.name));
}

}  // namespace

absl::StatusOr<Departure> DescribeDeparture(const v1::JobSpec& spec, v1::StepKind kind, uint64_t num_parameters,
                                            uint32_t cohort_size) {
  ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema, StepSchema(spec, kind, num_parameters, cohort_size));
  Departure departure;
  departure.kind = kind;
  departure.bytes = schema.num_bytes();
  departure.ring_bits = BitsOf(schema.ring());
  if (const auto* update = schema.Find(kUpdateBlock)) departure.step_of_a_change = 1 / update->scale;
  for (const auto& placed : schema.blocks()) departure.contents.push_back(ContentInWords(placed.block));
  return departure;
}

uint64_t ParametersFromUpload(const v1::JobSpec& spec, uint64_t upload_bytes) {
  // Everything in a training vector but what there is of each parameter has a fixed length.
  const auto smallest = StepSchema(spec, v1::STEP_TRAIN, 1, 1);
  const auto next = StepSchema(spec, v1::STEP_TRAIN, 2, 1);
  if (!smallest.ok() || !next.ok() || upload_bytes < smallest->num_bytes()) return 0;
  const uint64_t parameter_bytes = next->num_bytes() - smallest->num_bytes();
  const uint64_t others = upload_bytes - smallest->num_bytes();
  return others % parameter_bytes == 0 ? others / parameter_bytes + 1 : 0;
}

}  // namespace accord
