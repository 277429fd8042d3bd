#include "aggregation/evaluation/evaluation_sums.h"

#include <algorithm>
#include <cmath>

#include "aggregation/evaluation/score_bins.h"
#include "aggregation/evaluation/soft_plus.h"
#include "aggregation/evaluation/subgroups.h"
#include "aggregation/programs/columns.h"

namespace accord {
namespace {

// A model that has diverged answers with something that is not a number; that counts as the largest loss.
double BoundedLoss(double loss) { return loss < kMaxLoss ? loss : kMaxLoss; }

// Counts of two kinds of rows by bins, those of the second kind behind those of the first.
template <size_t kSize>
void Count(size_t (*bin_of)(double, size_t), double score, bool second_kind, std::array<uint32_t, kSize>& counts) {
  constexpr size_t kBins = kSize / 2;
  ++counts[bin_of(score, kBins) + (second_kind ? kBins : 0)];
}

double LargestSquare(const v1::JobSpec& spec) {
  const v1::Numeric& target = spec.data().target().numeric();
  return (target.max() - target.min()) * (target.max() - target.min());
}

}  // namespace

EvaluationAdder::EvaluationAdder(const v1::JobSpec& spec, absl::Span<const uint16_t> cells, EvaluationSums& sums)
    : calibration_(spec.evaluation().has_calibration()),
      num_classes_(NumClasses(spec)),
      num_subgroups_(static_cast<size_t>(spec.evaluation().subgroups_size())),
      largest_square_(LargestSquare(spec)),
      cells_(cells),
      sums_(sums) {
  if (TaskOf(spec) == Task::kSegmentation) {
    sums_.overlap.resize(num_classes_);
    sums_.extent.resize(num_classes_);
  }
  if (spec.evaluation().confusion_matrix()) sums_.confusion.resize(num_classes_ * num_classes_);
  if (num_subgroups_ > 0) sums_.groups.resize(SubgroupCells(spec).num_cells());
}

absl::Span<const uint16_t> EvaluationAdder::NextCells() {
  const absl::Span<const uint16_t> here = cells_.subspan(0, num_subgroups_);
  cells_.remove_prefix(here.size());
  return here;
}

void EvaluationAdder::AddLogit(double logit, bool positive) {
  ClassAnswer answer;
  answer.loss = BoundedLoss(SoftPlus(positive ? -logit : logit));
  answer.target = positive ? 1 : 0;
  answer.taken = std::isnan(logit) ? 1 - answer.target : (logit > 0 ? 1 : 0);
  answer.log_odds = logit;
  const double distance = 1 / (1 + std::exp(-logit)) - (positive ? 1 : 0);
  answer.brier = std::isnan(distance) ? 1 : distance * distance;
  AddAnswer(answer);
}

void EvaluationAdder::AddClasses(absl::Span<const float> logits, size_t target) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  ClassAnswer answer;
  answer.loss = BoundedLoss(std::log(total) + largest - logits[target]);
  answer.target = target;
  bool right = true;  // nothing is right if the answer is not a number
  for (size_t i = 0; i < logits.size(); ++i) {
    right = right && (i < target ? logits[i] < logits[target] : logits[i] <= logits[target]);
  }
  answer.taken = static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  if (answer.taken == target && !right) answer.taken = (target + 1) % logits.size();
  if (logits.size() == 2) {
    answer.log_odds = double{logits[1]} - logits[0];
  } else {
    answer.probability = std::exp(logits[answer.taken] - largest) / total;
  }
  if (calibration_) {
    const size_t first = logits.size() == 2 ? 1 : 0;
    for (size_t i = first; i < logits.size(); ++i) {
      const double distance = std::exp(logits[i] - largest) / total - (i == target ? 1 : 0);
      answer.brier += distance * distance;
    }
    if (!(answer.brier <= 2)) answer.brier = logits.size() == 2 ? 1 : 2;
  }
  AddAnswer(answer);
}

void EvaluationAdder::AddAnswer(const ClassAnswer& answer) {
  ++sums_.rows;
  sums_.loss += answer.loss;
  const bool right = answer.taken == answer.target;
  sums_.correct += right ? 1 : 0;
  const bool two = num_classes_ == 2;
  if (two) Count(OddsBin, answer.log_odds, answer.target == 1, sums_.scores);
  if (calibration_) {
    sums_.brier += answer.brier;
    if (!two) Count(EvenBin, answer.probability, right, sums_.confidence);
  }
  if (!sums_.confusion.empty()) ++sums_.confusion[answer.target * num_classes_ + answer.taken];
  for (const uint16_t cell : NextCells()) {
    GroupSums& group = sums_.groups[cell];
    ++group.rows;
    group.loss += answer.loss;
    group.correct += right ? 1 : 0;
    if (!two) continue;
    ++group.predictions[answer.target * 2 + answer.taken];
    Count(OddsBin, answer.log_odds, answer.target == 1, group.scores);
  }
}

void EvaluationAdder::AddNumber(double answer, double target) {
  const double square = (answer - target) * (answer - target);
  const double bounded = square < largest_square_ ? square : largest_square_;
  ++sums_.rows;
  sums_.loss += BoundedLoss(square);
  sums_.squared_error += bounded;
  for (const uint16_t cell : NextCells()) {
    ++sums_.groups[cell].rows;
    sums_.groups[cell].squared_error += bounded;
  }
}

void EvaluationAdder::AddMask(absl::Span<const float> answer, absl::Span<const uint8_t> mask) {
  // Counts, so that no share of a row is above 1.
  size_t num_right = 0;
  std::vector<size_t> both(num_classes_);
  std::vector<size_t> either(num_classes_);
  double loss = 0;
  for (size_t pixel = 0; pixel < mask.size(); ++pixel) {
    const auto logit = [&](size_t level) { return double{answer[level * mask.size() + pixel]}; };
    const size_t target = mask[pixel];
    size_t taken = 0;
    for (size_t level = 1; level < num_classes_; ++level) taken = logit(level) > logit(taken) ? level : taken;
    double total = 0;
    for (size_t level = 0; level < num_classes_; ++level) total += std::exp(logit(level) - logit(taken));
    loss += BoundedLoss(std::log(total) + logit(taken) - logit(target));
    if (taken == target && std::isnan(total)) taken = (target + 1) % num_classes_;
    num_right += taken == target ? 1 : 0;
    both[target] += taken == target ? 1 : 0;
    ++either[target];
    ++either[taken];
  }
  const auto pixels = static_cast<double>(mask.size());
  ++sums_.rows;
  sums_.loss += std::min(loss / pixels, kMaxLoss);
  sums_.pixels += static_cast<double>(num_right) / pixels;
  for (size_t level = 0; level < num_classes_; ++level) {
    sums_.overlap[level] += static_cast<double>(both[level]) / pixels;
    sums_.extent[level] += static_cast<double>(either[level]) / (2 * pixels);
  }
}

namespace {

template <typename Numbers>
MetricBlock Block(const char* name, const Numbers& numbers) {
  return {name, std::vector<double>(std::begin(numbers), std::end(numbers))};
}

// A number of each cell; of a site without held-out rows: zeros.
template <typename Value>
MetricBlock GroupBlock(const char* name, const std::vector<GroupSums>& groups, size_t num_cells, Value value) {
  MetricBlock block = {name, std::vector<double>(num_cells)};
  for (size_t c = 0; c < groups.size(); ++c) block.values[c] = value(groups[c]);
  return block;
}

// A share of each level of a mask; without rows there is none yet.
MetricBlock LevelBlock(const char* name, const std::vector<double>& shares, size_t levels, double max_rows) {
  MetricBlock block = {name, shares};
  block.values.resize(levels);
  for (double& share : block.values) share /= max_rows;
  return block;
}

// Several numbers of each cell, cell by cell.
template <size_t kSize>
MetricBlock GroupBlock(const char* name, const std::vector<GroupSums>& groups, size_t num_cells,
                       std::array<uint32_t, kSize> GroupSums::*member) {
  MetricBlock block = {name, std::vector<double>(num_cells * kSize)};
  for (size_t c = 0; c < groups.size(); ++c) {
    std::copy((groups[c].*member).begin(), (groups[c].*member).end(),
              block.values.begin() + static_cast<std::ptrdiff_t>(c * kSize));
  }
  return block;
}

void AddGroupBlocks(const v1::JobSpec& spec, const EvaluationSums& sums, std::vector<MetricBlock>& blocks) {
  const double max_rows = spec.aggregation().max_rows_per_site();
  const size_t cells = SubgroupCells(spec).num_cells();
  if (cells == 0) return;
  const auto rows = [](const GroupSums& group) { return static_cast<double>(group.rows); };
  const auto correct = [](const GroupSums& group) { return static_cast<double>(group.correct); };
  const auto loss = [max_rows](const GroupSums& group) { return group.loss / max_rows; };
  const auto square = [max_rows](const GroupSums& group) { return group.squared_error / max_rows; };
  switch (TaskOf(spec)) {
    case Task::kBinary:
      blocks.push_back(GroupBlock(kGroupPredictionsBlock, sums.groups, cells, &GroupSums::predictions));
      blocks.push_back(GroupBlock(kGroupScoresBlock, sums.groups, cells, &GroupSums::scores));
      blocks.push_back(GroupBlock(kGroupLossBlock, sums.groups, cells, loss));
      return;
    case Task::kMulticlass:
      blocks.push_back(GroupBlock(kGroupRowsBlock, sums.groups, cells, rows));
      blocks.push_back(GroupBlock(kGroupCorrectBlock, sums.groups, cells, correct));
      blocks.push_back(GroupBlock(kGroupLossBlock, sums.groups, cells, loss));
      return;
    case Task::kRegression:
      blocks.push_back(GroupBlock(kGroupRowsBlock, sums.groups, cells, rows));
      blocks.push_back(GroupBlock(kGroupSquaredErrorBlock, sums.groups, cells, square));
      return;
    default:
      return;
  }
}

}  // namespace

std::vector<MetricBlock> MetricBlocksOf(const v1::JobSpec& spec, const EvaluationSums& sums) {
  const double max_rows = spec.aggregation().max_rows_per_site();
  const Task task = TaskOf(spec);
  std::vector<MetricBlock> blocks = {{kTestRowsBlock, {static_cast<double>(sums.rows)}},
                                     {kTestLossBlock, {sums.loss / max_rows}}};
  if (task == Task::kRegression) {
    blocks.push_back({kTestSquaredErrorBlock, {sums.squared_error / max_rows}});
  } else if (task == Task::kSegmentation) {
    blocks.push_back({kTestPixelsBlock, {sums.pixels / max_rows}});
    blocks.push_back(LevelBlock(kTestOverlapBlock, sums.overlap, NumClasses(spec), max_rows));
    blocks.push_back(LevelBlock(kTestExtentBlock, sums.extent, NumClasses(spec), max_rows));
  } else {
    blocks.push_back({kTestCorrectBlock, {static_cast<double>(sums.correct)}});
    if (task == Task::kBinary) blocks.push_back(Block(kTestScoresBlock, sums.scores));
    if (spec.evaluation().has_calibration()) {
      blocks.push_back({kTestBrierBlock, {sums.brier / max_rows}});
      if (task == Task::kMulticlass) blocks.push_back(Block(kTestConfidenceBlock, sums.confidence));
    }
    if (spec.evaluation().confusion_matrix()) {
      MetricBlock confusion = Block(kTestConfusionBlock, sums.confusion);
      confusion.values.resize(size_t{NumClasses(spec)} * NumClasses(spec));
      blocks.push_back(std::move(confusion));
    }
  }
  AddGroupBlocks(spec, sums, blocks);
  return blocks;
}

}  // namespace accord
