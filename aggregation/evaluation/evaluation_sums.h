// What a site sums over its held-out rows, from a model's answers to them. Pure: whoever runs the model is elsewhere.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/programs/step_schema.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Sums over the rows of one cell of a subgroup.
struct GroupSums {
  uint64_t rows = 0;
  double loss = 0;                                // classes; each clipped at kMaxLoss
  double squared_error = 0;                       // a number
  uint64_t correct = 0;                           // classes
  std::array<uint32_t, 4> predictions{};          // two classes: true and taken for 0 0, 0 1, 1 0, 1 1
  std::array<uint32_t, 2 * kGroupBins> scores{};  // two classes: OddsBin of negatives, then of positives
};

struct EvaluationSums {
  uint64_t rows = 0;
  double loss = 0;                                // sum of per-row losses, each clipped at kMaxLoss
  uint64_t correct = 0;                           // classes
  double squared_error = 0;                       // regression
  double pixels = 0;                              // segmentation: of each row the share of right pixels
  std::vector<double> overlap;                    // of each level: share of pixels that have it and are taken for it
  std::vector<double> extent;                     // the mean of the shares that have it, and that are taken for it
  std::array<uint32_t, 2 * kScoreBins> scores{};  // two classes: OddsBin of negatives, then of positives
  // With evaluation.calibration:
  double brier = 0;  // sum over rows and classes (of two: the second one) of (p - y)^2
  std::array<uint32_t, 2 * kScoreBins>
      confidence{};                 // more classes: bins of p(taken) of wrong rows, then of right ones
  std::vector<uint64_t> confusion;  // with evaluation.confusion_matrix: true class by taken class, row by row
  std::vector<GroupSums> groups;    // with evaluation.subgroups: cells as SubgroupCells numbers them
};

// Adds a model's answers, row after row. An answer that is not a number (of a pixel, in segmentation) has the largest
// loss, counts as wrong (taken for the class behind the right one) and scores in the middle. Not thread-safe.
class EvaluationAdder {
 public:
  // `cells`: of each row in order, its cell of each of the job's subgroups. It and `sums` outlive this.
  EvaluationAdder(const v1::JobSpec& spec, absl::Span<const uint16_t> cells, EvaluationSums& sums);

  // Two classes: the log-odds of the second one.
  void AddLogit(double logit, bool positive);
  // Logits of all classes. Ties go to the first class, as argmax says.
  void AddClasses(absl::Span<const float> logits, size_t target);
  void AddNumber(double answer, double target);
  // The level of each pixel. `answer`: logits of the first level for all pixels, then of the second one, and so on.
  void AddMask(absl::Span<const float> answer, absl::Span<const uint8_t> mask);

 private:
  struct ClassAnswer {
    double loss = 0;
    double brier = 0;
    size_t target = 0;
    size_t taken = 0;
    double log_odds = 0;     // of the second class of two
    double probability = 0;  // of the class that is taken, of more than two
  };
  void AddAnswer(const ClassAnswer& answer);
  // The row's cells, and on to the next row.
  absl::Span<const uint16_t> NextCells();

  const bool calibration_;
  const size_t num_classes_;
  const size_t num_subgroups_;
  const double largest_square_;  // a squared error as large as the target's whole range
  absl::Span<const uint16_t> cells_;
  EvaluationSums& sums_;
};

// The blocks of a step's vector that these sums fill (step_schema.h), in the schema's order. `sums` is of at most
// max_rows_per_site rows.
struct MetricBlock {
  std::string name;
  std::vector<double> values;
};
std::vector<MetricBlock> MetricBlocksOf(const v1::JobSpec& spec, const EvaluationSums& sums);

}  // namespace accord
