// Tests of what federations learn from real data: every run's figures are printed, and a bar stands for their mean.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/integration/running_federation.h"

namespace accord {

// Of the held-out rows of all sites together.
struct Figures {
  double accuracy = 0;
  double auc = 0;
};

class Learning : public RunningFederation {
 protected:
  // Trains the job once with each of the seeds 1 to `seeds`, instead of its own, and prints what came of it under
  // `name`. The reports are all of finished jobs, or the test has failed.
  std::vector<v1::JobReport> TrainWithSeeds(const std::string& name, const std::string& job_yaml, uint64_t seeds);
};

// Mean of the runs' final figures; printed.
Figures MeanOf(const std::string& name, const std::vector<v1::JobReport>& reports);

// Mean of the runs' figures after so many rounds.
Figures MeanAfter(uint32_t rounds, const std::vector<v1::JobReport>& reports);

// Long tests are run by tests/long.sh alone.
bool RunsLongTests();

// A job of deploy/examples.
std::string ExampleJob(const std::string& file);

}  // namespace accord
