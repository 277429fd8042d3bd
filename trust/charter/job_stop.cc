#include "trust/charter/job_stop.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kStopFirstLine = "accord-stop-v1";

std::string StopText(const JobStop& stop) {
  LineWriter writer(kStopFirstLine);
  writer.Digest("charter", stop.charter).Digest("job", stop.job).Line("ombudsman", stop.ombudsman);
  writer.Time("time", stop.time).Texts("reason", stop.reasons);
  return std::move(writer).Take();
}

}  // namespace

absl::StatusOr<JobStop> ParseJobStop(absl::string_view bytes) {
  LineReader reader(bytes, "the stop", kStopFirstLine);
  JobStop stop;
  stop.charter = reader.Digest("charter");
  stop.job = reader.Digest("job");
  stop.ombudsman = reader.Name("ombudsman");
  stop.time = reader.Time("time");
  stop.reasons = reader.Texts("reason");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return stop;
}

absl::StatusOr<std::string> WriteJobStop(const JobStop& stop) {
  std::string bytes = StopText(stop);
  ACCORD_ASSIGN_OR_RETURN(const JobStop again, ParseJobStop(bytes));
  if (again != stop) return absl::InvalidArgumentError("the stop holds what its lines cannot");
  return bytes;
}

std::string StopInWords(const JobStop& stop) {
  return absl::StrCat("the ombudsman ", stop.ombudsman, " stopped this job: ", absl::StrJoin(stop.reasons, " "));
}

}  // namespace accord
