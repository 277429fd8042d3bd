// Metrics, confusion matrix and subgroups for people: in the terminal and in the report alike.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// What a job measures beyond the usual, and how it chooses a round; empty: neither.
std::string EvaluationInWords(const v1::JobSpec& spec);

// Name and figure of what was measured of the job's model, in the order in which people look for it.
std::vector<std::pair<std::string, std::string>> MetricFigures(const v1::JobReport& report);

struct TextTable {
  std::string title;
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;  // as many cells each as there are headings
  std::string remark;                          // below it; may be empty
};
// Confusion matrix and subgroups of the job's final metrics; nothing where it declares none, or is not evaluated yet.
std::vector<TextTable> DetailTables(const v1::JobReport& report);

// The same for a terminal, each table with an empty line in front.
std::string DetailText(const v1::JobReport& report);

}  // namespace accord
