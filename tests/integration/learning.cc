#include "tests/integration/learning.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace accord {
namespace {

const absl::Duration kTrainingTimeout = absl::Minutes(30) * kSlowdown;

Figures MeanFigures(const std::vector<const v1::Metrics*>& metrics) {
  Figures mean;
  for (const v1::Metrics* of_run : metrics) {
    mean.accuracy += of_run->test_accuracy() / static_cast<double>(metrics.size());
    mean.auc += of_run->test_auc() / static_cast<double>(metrics.size());
  }
  return mean;
}

}  // namespace

std::vector<v1::JobReport> Learning::TrainWithSeeds(const std::string& name, const std::string& job_yaml,
                                                    uint64_t seeds) {
  std::vector<v1::JobReport> reports;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string yaml = absl::StrReplaceAll(job_yaml, {{"\nseed: 1\n", absl::StrCat("\nseed: ", seed, "\n")}});
    reports.push_back(Await(Submit(yaml), bench::IsFinal, kTrainingTimeout));
    EXPECT_EQ(reports.back().state(), v1::JOB_FINISHED) << reports.back().reason();
    const v1::Metrics& metrics = reports.back().final_metrics();
    std::printf("%s, seed %d: accuracy %.4f, AUC %.4f\n", name.c_str(), static_cast<int>(seed), metrics.test_accuracy(),
                metrics.test_auc());
    std::fflush(stdout);
  }
  return reports;
}

Figures MeanOf(const std::string& name, const std::vector<v1::JobReport>& reports) {
  std::vector<const v1::Metrics*> metrics;
  for (const v1::JobReport& report : reports) metrics.push_back(&report.final_metrics());
  const Figures mean = MeanFigures(metrics);
  std::printf("%s, mean of %zu: accuracy %.4f, AUC %.4f\n", name.c_str(), reports.size(), mean.accuracy, mean.auc);
  std::fflush(stdout);
  return mean;
}

// A round's metrics are of the model that it began with.
Figures MeanAfter(uint32_t rounds, const std::vector<v1::JobReport>& reports) {
  std::vector<const v1::Metrics*> metrics;
  for (const v1::JobReport& report : reports) {
    const v1::Metrics* after = report.rounds_done() == rounds ? &report.final_metrics() : nullptr;
    for (const v1::RoundReport& round : report.rounds()) {
      if (round.kind() == v1::STEP_TRAIN && round.round() == rounds + 1) after = &round.metrics();
    }
    EXPECT_NE(after, nullptr) << "no metrics after round " << rounds;
    if (after != nullptr) metrics.push_back(after);
  }
  return MeanFigures(metrics);
}

bool RunsLongTests() { return std::getenv("ACCORD_LONG") != nullptr; }

std::string ExampleJob(const std::string& file) {
  return ReadWhole(absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/", file));
}

}  // namespace accord
