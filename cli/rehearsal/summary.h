// A rehearsal's outcome for the person who submits the job, and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/rehearsal/plan.h"
#include "cli/rehearsal/rehearsal.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Stands beside every metric of a rehearsal.
inline constexpr char kSaysNothing[] = "synthetic rows: says nothing about accuracy on real ones";

// What a simulation leaves out, of what real sites are.
inline constexpr char kHowFarFromReal[] =
    "all sites shared one process and one sandbox, which saw the keys and rows of them all, and no network was between "
    "them: it says nothing about what keeps real sites apart, nor about their time";

// "4 sites of 400 rows, seed 1, skew: none".
std::string RowsInWords(const RehearsalPlan& plan);

// Lines of text, each ending with a line feed. `job_file` as it was given, for the command that comes next.
std::string RehearsalSummary(const RehearsalPlan& plan, const RehearsalResult& result,
                             const std::vector<std::string>& warnings, const std::string& job_file);

// The same with the job's whole report.
absl::StatusOr<nlohmann::json> RehearsalAsJson(const RehearsalPlan& plan, const RehearsalResult& result,
                                               const std::vector<std::string>& warnings);

// The report with the words in its name and in front of all notes that keep it from being taken for a real one.
v1::JobReport MarkedAsRehearsal(const v1::JobReport& report, const RehearsalPlan& plan,
                                const std::vector<std::string>& warnings);

}  // namespace accord
