// How well a model does on one hospital's held-out rows, where all of them lie on one machine.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "models/examples.h"
#include "models/model.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Absent: not defined, for example the AUC of rows of one class or the accuracy of a regression.
struct Score {
  std::optional<double> accuracy;
  std::optional<double> auc;
  std::optional<double> mse;
};

// `rows` are ready for the model. No rows give a score with nothing in it.
absl::StatusOr<Score> ScoreModel(const v1::JobSpec& spec, const Examples& rows, Model& model);

// Area under the ROC curve by ranks, ties counting half (Hanley and McNeil 1982): the share of pairs of a positive and
// a negative row in which the positive one has the higher score. Nothing when one class is absent.
std::optional<double> ExactAuc(absl::Span<const double> positives, absl::Span<const double> negatives);

// Mean of those scores that are there, weighted by `rows`.
Score WeightedMean(absl::Span<const Score> scores, absl::Span<const uint64_t> rows);

}  // namespace accord
