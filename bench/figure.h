// What a bench measures: named figures, each beside a limit that was measured in the same run.
//
// The limit is what the machine needs for the part of the work that nobody can avoid (moving the bytes, adding the
// numbers, one durable write). A ratio of 1 cannot be beaten; how far above it is what there is to gain. For every
// figure less is better, but for rates: those whose name ends in _per_s, and those whose name ends in
// ratio_to_something, which are a share of the rate that the name says, so their limit is 1.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace accord::bench {

struct Figure {
  std::string name;  // "subject/parameters/what"
  double value = 0;
  std::string unit;
  double limit = 0;  // in the same unit
  double ratio() const { return limit > 0 ? value / limit : 0; }
};

struct Settings {
  std::string binary_folder;  // where accord-coordinator, accord-client, accord-trainer and accord are
  bool long_run = false;      // more rounds where growth is looked for
};

// One measurement, which may yield several figures because they come out of the same processes.
struct Subject {
  std::vector<std::string> figures;
  std::function<absl::Status(const Settings&, const std::function<void(const Figure&)>& report)> measure;
};

// Middle of the sorted values (the mean of the two in the middle for an even number). `values` is not empty.
double Median(std::vector<double> values);

// One function a file; main.cc puts them together.
std::vector<Subject> RingSubjects();
std::vector<Subject> SecureSubjects();
std::vector<Subject> SecureRoundSubjects();
std::vector<Subject> ModelSubjects();
std::vector<Subject> RoundSubjects();
std::vector<Subject> CombinerSubjects();
std::vector<Subject> BigModelSubjects();
std::vector<Subject> TrainerSubjects();
std::vector<Subject> TrainingSubjects();
std::vector<Subject> LogSubjects();
std::vector<Subject> TrustSubjects();

}  // namespace accord::bench
