#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/opened_log.h"
#include "coordinator/store/complaint_store.h"

namespace accord {
namespace {

// Of the newest, whatever there is.
constexpr ComplaintStore::ListLimits kListed = {1000, size_t{64} << 20};

std::string TimeText(int64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

std::string StateText(const v1::Complaint& complaint) {
  if (complaint.has_answer()) {
    return absl::StrCat("answered ", TimeText(complaint.answer().answered_unix_ms()),
                        complaint.answer().late() ? ", LATE" : "");
  }
  return absl::StrCat(complaint.overdue() ? "OVERDUE since " : "open until ", TimeText(complaint.answer_by_unix_ms()));
}

}  // namespace

absl::Status ShowComplaints(const ComplaintOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ComplaintStore complaints(*opened.database, *opened.log);
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::Complaint> all, complaints.List("", "", options.clock->Now(), kListed));
  if (all.empty()) out << "no complaints\n";
  for (const v1::Complaint& complaint : all) {
    const std::string about =
        complaint.job_id().empty() ? absl::StrCat("site ", complaint.site()) : absl::StrCat("job ", complaint.job_id());
    const std::string line = absl::StrCat(complaint.id().substr(0, 12), "  ", about, ": ", StateText(complaint));
    out << (options.colour && complaint.overdue() ? absl::StrCat("\033[31m", line, "\033[0m") : line) << "\n  "
        << (complaint.text().empty() ? "words left out, since newer complaints are long" : Printable(complaint.text()))
        << " (" << complaint.by() << ", " << Printable(complaint.organisation()) << ")\n";
  }
  return absl::OkStatus();
}

}  // namespace accord
