#include "coordinator/engine/round_sum.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregation/column_statistics.h"
#include "aggregation/federated_averaging.h"
#include "aggregation/metrics.h"
#include "aggregation/newton/newton_step.h"
#include "aggregation/newton/newton_sums.h"
#include "aggregation/newton/regression.h"
#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/robust/robust_combination.h"
#include "aggregation/robust/stale_changes.h"
#include "aggregation/secure/round/unmask.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

static_assert(std::endian::native == std::endian::little,
              "vectors and models travel little-endian and are used in place");

// Elements that are in memory at once beside the sum: 1 MiB in the ring of 32 bits.
constexpr uint64_t kTileElements = 1 << 18;

template <typename T>
absl::Span<char> AsBytes(absl::Span<T> values) {
  return {reinterpret_cast<char*>(values.data()), values.size() * sizeof(T)};
}

// From one model and state of the server's rule to the next, tile by tile.
class ModelStep {
 public:
  // `combination`: instead of the mean by the sum; nullptr: there is none.
  ModelStep(const RoundSum::OldModel& old_model, FederatedAveraging& averaging, const RingSums& update_sum,
            RobustCombination* combination, ObjectStore& objects)
      : old_(old_model), averaging_(averaging), update_sum_(update_sum), combination_(combination), objects_(objects) {}

  // `control_sum`: of SCAFFOLD, whose control variate is handed out behind the parameters; else empty.
  absl::Status Run(const v1::JobSpec& spec, const RingSums& control_sum, RoundResult& result) {
    const uint64_t num_bytes = (update_sum_.size() + control_sum.size()) * sizeof(float);
    if (!IsModelSize(spec, update_sum_.size(), old_.bytes->size())) {
      return absl::DataLossError(absl::StrCat("the stored model has ", old_.bytes->size(), " bytes, expected ",
                                              num_bytes, "; restore state_dir from a backup"));
    }
    if (num_bytes <= ObjectStore::kInlineBytes) {
      const auto append = [&](absl::string_view bytes) {
        result.inline_model.append(bytes.data(), bytes.size());
        return absl::OkStatus();
      };
      ACCORD_RETURN_IF_ERROR(Step(result, append));
      ACCORD_RETURN_IF_ERROR(StepControl(control_sum, append));
      result.model_digest = HexDigest(ContentDigest(result.inline_model));
      return absl::OkStatus();
    }
    ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<ObjectWriter> writer, objects_.NewFile(NamedBy::kContentDigest));
    const auto append = [&](absl::string_view bytes) { return writer->Append(bytes); };
    ACCORD_RETURN_IF_ERROR(Step(result, append));
    ACCORD_RETURN_IF_ERROR(StepControl(control_sum, append));
    ACCORD_ASSIGN_OR_RETURN(result.model_digest, writer->Finish());
    return absl::OkStatus();
  }

 private:
  // The federation's control variate; before the first round it is zero, and nothing of it is stored.
  template <typename Take>
  absl::Status StepControl(const RingSums& sum, Take take) {
    const uint64_t begin = update_sum_.size() * sizeof(float);
    std::vector<float> tile(std::min<uint64_t>(kTileElements, sum.size()));
    for (uint64_t first = 0; first < sum.size(); first += tile.size()) {
      const auto elements = absl::MakeSpan(tile).first(std::min<uint64_t>(tile.size(), sum.size() - first));
      std::fill(elements.begin(), elements.end(), 0.0f);
      if (old_.bytes->size() > begin) {
        ACCORD_RETURN_IF_ERROR(old_.bytes->Read(begin + first * sizeof(float), AsBytes(elements)));
        old_.bytes->Forget(begin + first * sizeof(float), elements.size() * sizeof(float));
      }
      ACCORD_RETURN_IF_ERROR(averaging_.StepControl(elements, sum.subspan(first, elements.size()), elements));
      const absl::Span<const char> bytes = AsBytes(elements);
      ACCORD_RETURN_IF_ERROR(take(absl::string_view(bytes.data(), bytes.size())));
    }
    return absl::OkStatus();
  }

  // Calls `take` with each tile of the next model, in order.
  template <typename Take>
  absl::Status Step(RoundResult& result, Take take) {
    const ServerOptimizer& rule = averaging_.optimizer();
    ACCORD_ASSIGN_OR_RETURN(const ServerStateReader old_state,
                            ServerStateReader::Create(rule, update_sum_.size(), old_.server_state));
    ACCORD_ASSIGN_OR_RETURN(ServerStateWriter new_state,
                            ServerStateWriter::Create(rule, update_sum_.size(), old_.job_id, old_.step + 1, objects_));
    std::vector<float> tile(std::min<uint64_t>(kTileElements, update_sum_.size()));
    std::vector<float> state_tile(tile.size() * rule.state_values());
    for (uint64_t first = 0; first < update_sum_.size(); first += tile.size()) {
      const auto elements = absl::MakeSpan(tile).first(std::min<uint64_t>(tile.size(), update_sum_.size() - first));
      const auto state = absl::MakeSpan(state_tile).first(elements.size() * rule.state_values());
      ACCORD_RETURN_IF_ERROR(old_.bytes->Read(first * sizeof(float), AsBytes(elements)));
      // The tile of the new model takes its place in the system's cache, which would grow by a model a round.
      old_.bytes->Forget(first * sizeof(float), elements.size() * sizeof(float));
      ACCORD_RETURN_IF_ERROR(old_state.Read(first, state));
      ACCORD_RETURN_IF_ERROR(StepTile(first, elements, state));
      const absl::Span<const char> bytes = AsBytes(elements);
      ACCORD_RETURN_IF_ERROR(take(absl::string_view(bytes.data(), bytes.size())));
      ACCORD_RETURN_IF_ERROR(new_state.Append(state));
    }
    ACCORD_ASSIGN_OR_RETURN(result.server_state, new_state.Finish());
    return absl::OkStatus();
  }

  absl::Status StepTile(uint64_t first, absl::Span<float> elements, absl::Span<float> state) {
    if (combination_ == nullptr) {
      return averaging_.StepTile(elements, update_sum_.subspan(first, elements.size()), state, elements);
    }
    combined_.resize(elements.size());
    ACCORD_RETURN_IF_ERROR(combination_->Combine(first, absl::MakeSpan(combined_)));
    return averaging_.StepTile(elements, absl::MakeConstSpan(combined_), state, elements);
  }

  const RoundSum::OldModel& old_;
  FederatedAveraging& averaging_;
  const RingSums update_sum_;
  RobustCombination* const combination_;
  std::vector<double> combined_;
  ObjectStore& objects_;
};

}  // namespace

absl::StatusOr<RoundSum> RoundSum::Create(const v1::JobSpec& spec, v1::StepKind kind, uint64_t num_parameters,
                                          uint32_t encoding_sites, RingVector memory) {
  ACCORD_ASSIGN_OR_RETURN(VectorSchema schema, StepSchema(spec, kind, num_parameters, encoding_sites));
  const bool combines = kind == v1::STEP_TRAIN && SeesSingleChanges(spec);
  return RoundSum(kind, combines, std::move(schema), std::move(memory));
}

absl::Status RoundSum::Keep(absl::Status status) {
  fault_.Update(status);
  return status;
}

absl::Status RoundSum::Fold(const StagedUpload& upload) { return Keep(Apply(upload, /*subtract=*/false)); }

absl::Status RoundSum::Unfold(const StagedUpload& upload) { return Keep(Apply(upload, /*subtract=*/true)); }

absl::Status RoundSum::RemoveMasks(absl::Span<const secure::SignedMaskSeed> seeds, int num_threads) {
  if (!accumulator_.has_value()) return Keep(absl::FailedPreconditionError("no vector is in the sum"));
  return Keep(secure::RemoveMasks(seeds, accumulator_->sum(), num_threads));
}

absl::Status RoundSum::Begin() {
  if (memory_.size() != schema_.num_elements() || memory_.ring() != schema_.ring()) {
    ACCORD_ASSIGN_OR_RETURN(memory_, RingVector::Create(schema_.num_elements(), schema_.ring()));
  }
  accumulator_.emplace(Accumulator::CreateIn(std::move(memory_)));
  return absl::OkStatus();
}

absl::Status RoundSum::Apply(const StagedUpload& upload, bool subtract) {
  if (!accumulator_.has_value()) ACCORD_RETURN_IF_ERROR(Begin());
  const uint64_t num_elements = schema_.num_elements();
  const size_t element_bytes = ElementBytes(schema_.ring());
  std::vector<char> tile(std::min(kTileElements, num_elements) * element_bytes);
  for (uint64_t first = 0; first < num_elements; first += kTileElements) {
    const uint64_t size = std::min(kTileElements, num_elements - first);
    const absl::Span<char> bytes = absl::MakeSpan(tile).first(size * element_bytes);
    ACCORD_RETURN_IF_ERROR(upload.Read(first * element_bytes, bytes));
    const ConstRingBytes elements(schema_.ring(),
                                  absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    ACCORD_RETURN_IF_ERROR(subtract ? accumulator_->Subtract(first, elements) : accumulator_->Add(first, elements));
  }
  return absl::OkStatus();
}

absl::Status RoundSum::CompleteIteration(const v1::JobSpec& spec, const OldModel& old_model,
                                         const NewtonIteration& iteration, const RingSums& elements,
                                         RoundResult& result) const {
  ACCORD_ASSIGN_OR_RETURN(const Regression regression, RegressionOf(spec));
  ACCORD_ASSIGN_OR_RETURN(const NewtonSums sums, ReadNewtonSums(regression, schema_, elements));
  std::vector<float> model(regression.model_size());
  if (old_model.bytes->size() != model.size() * sizeof(float)) {
    return absl::DataLossError(absl::StrCat("the stored model has ", old_model.bytes->size(), " bytes, expected ",
                                            model.size() * sizeof(float), "; restore state_dir from a backup"));
  }
  ACCORD_RETURN_IF_ERROR(old_model.bytes->Read(0, AsBytes(absl::MakeSpan(model))));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<double> point, CoefficientsOf(regression, model));
  NewtonQuestion question;
  question.regression = &regression;
  question.tolerance = spec.aggregation().newton().tolerance();
  question.sums = &sums;
  question.point = point;
  question.iteration = iteration.number;
  question.last = iteration.last;
  if (iteration.previous.has_value()) {
    const auto& sites = iteration.previous->sites();
    question.previous = &iteration.previous->newton();
    question.same_sites = std::equal(sites.begin(), sites.end(), iteration.sites.begin(), iteration.sites.end());
  }
  ACCORD_ASSIGN_OR_RETURN(NewtonAnswer answer, StepNewton(question));
  result.metrics = std::move(answer.metrics);
  result.newton = std::move(answer.round);
  result.estimates = std::move(answer.estimates);
  if (result.estimates.has_value()) {
    result.estimates->mutable_sites()->Assign(iteration.sites.begin(), iteration.sites.end());
  }
  result.statistics = MappingStatistics(regression);
  model = ModelOf(regression, answer.coefficients);
  const absl::Span<const char> bytes = AsBytes(absl::MakeSpan(model));
  result.inline_model.assign(bytes.data(), bytes.size());
  result.model_digest = HexDigest(ContentDigest(result.inline_model));
  return absl::OkStatus();
}

absl::StatusOr<RoundResult> RoundSum::Complete(const v1::JobSpec& spec, const OldModel& old_model, ObjectStore& objects,
                                               const NewtonIteration& iteration) && {
  ACCORD_RETURN_IF_ERROR(fault_);
  if (!accumulator_.has_value()) return absl::FailedPreconditionError("no vector is in the sum");
  const uint32_t num_sites = static_cast<uint32_t>(accumulator_->num_vectors());
  RoundResult result;
  ACCORD_ASSIGN_OR_RETURN(result.memory, std::move(*accumulator_).Report());
  const RingSums elements = result.memory.sums();
  result.model_digest = old_model.digest;
  if (kind_ == v1::STEP_STANDARDISE) {
    ACCORD_ASSIGN_OR_RETURN(result.statistics, StatisticsFromSums(spec, schema_, elements));
    if (const auto* rows = schema_.Find(kRowsBlock)) {
      result.metrics.set_train_rows(static_cast<uint64_t>(std::max<int64_t>(0, elements[rows->offset])));
    }
    return result;
  }
  if (kind_ == v1::STEP_NEWTON) {
    ACCORD_RETURN_IF_ERROR(CompleteIteration(spec, old_model, iteration, elements, result));
    return result;
  }
  ACCORD_ASSIGN_OR_RETURN(result.metrics, MetricsFromSums(spec, schema_, elements, num_sites));
  if (kind_ == v1::STEP_TRAIN) {
    ACCORD_RETURN_IF_ERROR(CompleteTraining(spec, old_model, objects, elements, result));
  }
  return result;
}

absl::Status RoundSum::CompleteTraining(const v1::JobSpec& spec, const OldModel& old_model, ObjectStore& objects,
                                        const RingSums& elements, RoundResult& result) {
  ACCORD_ASSIGN_OR_RETURN(FederatedAveraging averaging, FederatedAveraging::Create(spec, schema_, elements));
  const VectorSchema::PlacedBlock* update = schema_.Find(kUpdateBlock);
  if (update == nullptr) return absl::InternalError("the vector of a training step has no update block");
  const RingSums update_sum = elements.subspan(update->offset, update->block.num_elements);
  RingSums control_sum;
  if (const VectorSchema::PlacedBlock* control = schema_.Find(kControlBlock)) {
    control_sum = elements.subspan(control->offset, control->block.num_elements);
  }
  if (!combines_) {
    return ModelStep(old_model, averaging, update_sum, nullptr, objects).Run(spec, control_sum, result);
  }
  ACCORD_ASSIGN_OR_RETURN(const StagedChanges changes, StagedChanges::Create(schema_, std::move(kept_)));
  ACCORD_ASSIGN_OR_RETURN(RobustCombination combination,
                          spec.aggregation().has_fedbuff()
                              ? CombineByStaleness(changes, staleness_)
                              : RobustCombination::Create(spec.aggregation().combiner(), changes));
  result.combined = combination.in_words();
  return ModelStep(old_model, averaging, update_sum, &combination, objects).Run(spec, control_sum, result);
}

}  // namespace accord
