// Which round's model a job's metric finds best, and whether training has stopped getting better. Pure: each step
// follows from the one before, as the stored report of its round holds it, so that a restarted coordinator goes on
// where it was.
//
// A training round measures the model that it begins with, so the model of round r is measured by round r + 1, and that
// of the last round by the evaluation. The model that a job begins with is no candidate: where nothing is learnt, as
// with a metric that a constant answer satisfies, an untrained model would be kept.
#pragma once

#include <optional>
#include <string>

#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// True if the job looks at a metric from round to round.
bool ChoosesByMetric(const v1::JobSpec& spec);

bool MoreIsBetter(v1::Evaluation::Metric metric);
// "loss", "accuracy", "AUC", "average precision" ...: as people are told.
std::string MetricInWords(v1::Evaluation::Metric metric);
// Nothing where the round did not measure it, or withholds it.
std::optional<double> ValueOf(v1::Evaluation::Metric metric, const v1::Metrics& metrics);

// A model, and what was measured of it.
struct MeasuredModel {
  uint32_t round = 0;  // after which it was the model; 0: the job's first one
  std::string digest;
  const v1::Metrics* metrics = nullptr;
};

// `before`: of the finished round before; nothing at the first one. Of models that are equally good the first one
// stays. A model whose metric is not known changes nothing and is no round without an improvement.
v1::BestRound NextBest(const v1::JobSpec& spec, const std::optional<v1::BestRound>& before, const MeasuredModel& model);

// The declared rounds have passed without an improvement.
bool HasStoppedImproving(const v1::JobSpec& spec, const v1::BestRound& best);

}  // namespace accord
