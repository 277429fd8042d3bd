#include "aggregation/programs/step_schema.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/evaluation/subgroups.h"
#include "aggregation/newton/newton_sums.h"
#include "aggregation/newton/regression.h"
#include "aggregation/programs/columns.h"
#include "aggregation/programs/local_steps.h"
#include "base/status.h"
#include "proto/validation/combiner_limits.h"

namespace accord {
namespace {

using Kind = VectorBlock::Kind;

double LargestSquare(const v1::JobSpec& spec) {
  const v1::Numeric& target = spec.data().target().numeric();
  return (target.max() - target.min()) * (target.max() - target.min());
}

void AddGroupBlocks(const v1::JobSpec& spec, std::vector<VectorBlock>& blocks) {
  const uint64_t cells = SubgroupCells(spec).num_cells();
  if (cells == 0) return;
  const double max_rows = spec.aggregation().max_rows_per_site();
  const Task task = TaskOf(spec);
  if (task == Task::kBinary) {
    blocks.push_back({kGroupPredictionsBlock, Kind::kCount, 4 * cells, max_rows});
    blocks.push_back({kGroupScoresBlock, Kind::kCount, 2 * kGroupBins * cells, max_rows});
  } else {
    blocks.push_back({kGroupRowsBlock, Kind::kCount, cells, max_rows});
  }
  if (task == Task::kMulticlass) blocks.push_back({kGroupCorrectBlock, Kind::kCount, cells, max_rows});
  if (task == Task::kRegression) {
    blocks.push_back({kGroupSquaredErrorBlock, Kind::kReal, cells, LargestSquare(spec)});
  } else {
    blocks.push_back({kGroupLossBlock, Kind::kReal, cells, kMaxLoss});
  }
}

// What classes have beyond loss, rows and correct ones.
void AddClassBlocks(const v1::JobSpec& spec, bool detail, std::vector<VectorBlock>& blocks) {
  const double max_rows = spec.aggregation().max_rows_per_site();
  const bool two = TaskOf(spec) == Task::kBinary;
  if (two) blocks.push_back({kTestScoresBlock, Kind::kCount, 2 * kScoreBins, max_rows});
  if (spec.evaluation().has_calibration()) {
    blocks.push_back({kTestBrierBlock, Kind::kReal, 1, two ? 1.0 : 2.0});
    if (!two) blocks.push_back({kTestConfidenceBlock, Kind::kCount, 2 * kScoreBins, max_rows});
  }
  if (detail && spec.evaluation().confusion_matrix()) {
    const uint64_t classes = NumClasses(spec);
    blocks.push_back({kTestConfusionBlock, Kind::kCount, classes * classes, max_rows});
  }
}

void AddMetricBlocks(const v1::JobSpec& spec, v1::StepKind kind, std::vector<VectorBlock>& blocks) {
  const Task task = TaskOf(spec);
  if (task == Task::kNone || task == Task::kSurvival) return;
  const double max_rows = spec.aggregation().max_rows_per_site();
  const bool detail = MeasuresDetail(spec, kind);
  blocks.push_back({kTestRowsBlock, Kind::kCount, 1, max_rows});
  blocks.push_back({kTestLossBlock, Kind::kReal, 1, kMaxLoss});
  if (task == Task::kRegression) {
    blocks.push_back({kTestSquaredErrorBlock, Kind::kReal, 1, LargestSquare(spec)});
  } else if (task == Task::kSegmentation) {
    blocks.push_back({kTestPixelsBlock, Kind::kReal, 1, 1});
    blocks.push_back({kTestOverlapBlock, Kind::kReal, NumClasses(spec), 1});
    blocks.push_back({kTestExtentBlock, Kind::kReal, NumClasses(spec), 1});
  } else {
    blocks.push_back({kTestCorrectBlock, Kind::kCount, 1, max_rows});
    AddClassBlocks(spec, detail, blocks);
  }
  if (detail) AddGroupBlocks(spec, blocks);
  if (kind == v1::STEP_EVALUATE && spec.evaluation().has_local_gain()) {
    blocks.push_back(
        {kLocalGainBlock, Kind::kCount, static_cast<uint64_t>(spec.evaluation().local_gain().bins_size()) + 1, 1});
  }
}

std::vector<VectorBlock> StandardiseBlocks(const v1::JobSpec& spec) {
  const double max_rows = spec.aggregation().max_rows_per_site();
  const uint64_t num_columns = InputColumns(spec.data()).size();
  return {{kRowsBlock, Kind::kCount, 1, max_rows},
          {kPresentBlock, Kind::kCount, num_columns, max_rows},
          {kSumBlock, Kind::kReal, num_columns, 1},
          {kSumOfSquaresBlock, Kind::kReal, num_columns, 1}};
}

std::vector<VectorBlock> TrainBlocks(const v1::JobSpec& spec, uint64_t num_parameters, RingWidth ring) {
  const uint64_t max_rows = spec.aggregation().max_rows_per_site();
  std::vector<VectorBlock> blocks = {{kRowsBlock, Kind::kCount, 1, static_cast<double>(max_rows)}};
  if (spec.aggregation().has_fednova()) {
    blocks.push_back({kLocalStepsBlock, Kind::kReal, 1, EffectiveSteps(spec.training(), max_rows)});
  }
  blocks.push_back({kUpdateBlock, Kind::kReal, num_parameters, spec.aggregation().update_bound()});
  if (spec.aggregation().has_scaffold()) {
    blocks.push_back({kControlBlock, Kind::kReal, num_parameters, spec.aggregation().scaffold().control_bound()});
    blocks.push_back({kTrainedBlock, Kind::kCount, 1, 1});
  }
  if (spec.aggregation().update_norm_bound() > 0) blocks.push_back({kShortenedBlock, Kind::kCount, 1, 1});
  blocks.push_back({kClippedBlock, Kind::kCount, 1, ClippedUnit(ring)});
  if (TaskOf(spec) != Task::kNone) blocks.push_back({kTrainLossBlock, Kind::kReal, 1, kMaxLoss});
  if (MeasuresHeldOut(spec, v1::STEP_TRAIN)) AddMetricBlocks(spec, v1::STEP_TRAIN, blocks);
  return blocks;
}

bool Standardises(const v1::JobSpec& spec) {
  const v1::Preprocessing::Standardise standardise = spec.preprocessing().standardise();
  // Federated is the default (job.proto).
  const bool federated =
      standardise == v1::Preprocessing::FEDERATED || standardise == v1::Preprocessing::STANDARDISE_UNSPECIFIED;
  return federated && !InputColumns(spec.data()).empty();
}

}  // namespace

std::vector<v1::StepKind> StepsOf(const v1::JobSpec& spec) {
  std::vector<v1::StepKind> steps;
  if (spec.aggregation().has_newton()) {
    steps.assign(spec.rounds().count(), v1::STEP_NEWTON);
    return steps;
  }
  const bool drill = spec.model().has_drill();
  if (!drill && Standardises(spec)) steps.push_back(v1::STEP_STANDARDISE);
  const bool cyclic = spec.aggregation().has_cyclic();
  const auto turns = static_cast<size_t>(spec.rounds().sites_size());
  for (uint32_t round = 0; round < spec.rounds().count(); ++round) {
    steps.insert(steps.end(), cyclic ? turns : 1, v1::STEP_TRAIN);
    if (cyclic && !drill) steps.push_back(v1::STEP_EVALUATE);
  }
  if (!cyclic && !drill) steps.push_back(v1::STEP_EVALUATE);
  return steps;
}

bool MeasuresHeldOut(const v1::JobSpec& spec, v1::StepKind kind) {
  const v1::Aggregation& aggregation = spec.aggregation();
  return kind == v1::STEP_EVALUATE ||
         (kind == v1::STEP_TRAIN && !aggregation.has_cyclic() && !aggregation.has_fedbuff());
}

bool MeasuresDetail(const v1::JobSpec& spec, v1::StepKind kind) {
  return kind == v1::STEP_EVALUATE || (MeasuresHeldOut(spec, kind) && spec.evaluation().keep() == v1::Evaluation::BEST);
}

bool SeesSingleChanges(const v1::JobSpec& spec) {
  return spec.aggregation().has_combiner() || spec.aggregation().has_fedbuff();
}

bool CountsSitesAlike(const v1::JobSpec& spec) {
  return spec.aggregation().has_scaffold() || spec.aggregation().has_cyclic() || SeesSingleChanges(spec);
}

absl::StatusOr<RingWidth> RingOf(const v1::JobSpec& spec) {
  const uint32_t bits = RingBitsOf(spec.aggregation());
  if (IsRingWidth(bits)) return static_cast<RingWidth>(bits);
  return absl::InvalidArgumentError(absl::StrCat("rings have 24, 32 or 64 bits, not ", bits));
}

uint32_t MaxCohortSize(const v1::JobSpec& spec) {
  const uint32_t most = MostSites(RingBitsOf(spec.aggregation()), spec.aggregation().max_rows_per_site());
  return SeesSingleChanges(spec) ? std::min(most, kMostCombinedSites) : most;
}

absl::StatusOr<VectorSchema> StepSchema(const v1::JobSpec& spec, v1::StepKind kind, uint64_t num_parameters,
                                        uint32_t cohort_size) {
  ACCORD_ASSIGN_OR_RETURN(const RingWidth ring, RingOf(spec));
  std::vector<VectorBlock> blocks;
  switch (kind) {
    case v1::STEP_STANDARDISE:
      blocks = StandardiseBlocks(spec);
      break;
    case v1::STEP_TRAIN:
      blocks = TrainBlocks(spec, num_parameters, ring);
      break;
    case v1::STEP_EVALUATE:
      AddMetricBlocks(spec, kind, blocks);
      break;
    case v1::STEP_NEWTON: {
      ACCORD_ASSIGN_OR_RETURN(const Regression regression, RegressionOf(spec));
      blocks = NewtonBlocks(regression);
      break;
    }
    default:
      return absl::InvalidArgumentError(absl::StrCat("unknown kind of step ", static_cast<int>(kind)));
  }
  absl::StatusOr<VectorSchema> schema = VectorSchema::Create(std::move(blocks), cohort_size, ring);
  if (schema.ok()) return schema;
  return absl::InvalidArgumentError(absl::StrCat(
      schema.status().message(), " (with aggregation.max_rows_per_site ", spec.aggregation().max_rows_per_site(),
      " a round adds at most ", MaxCohortSize(spec), " sites in its ring of ", BitsOf(ring),
      " bits; lower max_rows_per_site, name fewer sites in rounds.sites or take a wider ring)"));
}

}  // namespace accord
