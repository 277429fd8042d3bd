#include "cli/commands/watching.h"

#include "base/json.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/estimates_table.h"
#include "cli/evaluation_words.h"
#include "cli/watch/job_view.h"

namespace accord {

absl::StatusOr<ExitCode> PrintJson(const google::protobuf::Message& message, CliEnvironment& environment) {
  ACCORD_ASSIGN_OR_RETURN(const std::string json, MessageToJson(message));
  environment.out << json << "\n";
  return kExitOk;
}

absl::StatusOr<ExitCode> WatchUntilDone(OperationsClient& client, CommandTree& tree, const std::string& job_id) {
  CliEnvironment& environment = tree.environment();
  JobView view(environment.out, environment.out_is_terminal && !tree.json(), environment.clock);
  const auto seen = [&](const v1::JobReport& report) {
    if (!tree.json()) return view.Show(report);
    if (const auto line = MessageToJson(report, JsonLayout::kOneLine); line.ok()) {
      environment.out << *line << std::endl;  // flushed: a program reads line by line
    }
  };
  const auto lost = [&](const std::string& words) { environment.err << "accord: " << Printable(words) << std::endl; };
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport last, client.WatchJob(job_id, seen, lost));
  if (!tree.json() && last.has_estimates()) environment.out << "\n" << EstimatesTable(last);
  if (!tree.json()) environment.out << DetailText(last);
  return last.state() == v1::JOB_FINISHED ? kExitOk : kExitJobNotDone;
}

}  // namespace accord
