#include "client/daemon/run/data_findings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace accord {
namespace {

constexpr int kMaxFaultLines = 50;

std::string PlaceOf(const v1::DataFault& fault) {
  std::string place = "the file";
  if (fault.line() > 0) {
    place = absl::StrCat(fault.place() == v1::DataFault::ROW            ? "row "
                         : fault.place() == v1::DataFault::OPT_OUT_LIST ? "opt-out list, line "
                                                                        : "line ",
                         fault.line());
  }
  if (!fault.column().empty()) absl::StrAppend(&place, ", column ", Printable(fault.column()));
  if (!fault.file().empty()) absl::StrAppend(&place, ", ", Printable(fault.file()));
  return place;
}

}  // namespace

// The trainer reads hostile files and is not believed: its words are made fit for a terminal.
void ReportData(const std::string& dataset, const absl::StatusOr<v1::DataReport>& report,
                std::vector<Finding>& findings) {
  const std::string subject = absl::StrCat("data set ", dataset);
  if (!report.ok()) {
    findings.push_back({Finding::Level::kFault, subject, Printable(std::string(report.status().message()))});
    return;
  }
  std::string rows = absl::StrCat(report->rows(), " rows");
  if (report->train_rows() + report->test_rows() > 0) {
    absl::StrAppend(&rows, ": ", report->train_rows(), " for training, ", report->test_rows(), " held out, ",
                    report->dropped_rows(), " left out for missing values");
  }
  uint64_t missing = 0;
  for (const v1::ColumnReport& column : report->columns()) missing += column.missing();
  if (report->columns_size() > 0) {
    absl::StrAppend(&rows, "; ", report->columns_size(), " columns, ", missing, " values missing");
  }
  if (report->opt_out_applied()) {
    absl::StrAppend(&rows, "; besides, ", report->opted_out_rows(), " rows of ", report->opted_out_persons(),
                    " of the ", report->opt_out_listed(), " persons on the opt-out list, which are not used");
  }
  if (report->no_persons()) absl::StrAppend(&rows, "; about no persons, as the mapping says (no_persons)");
  const bool faulty = report->num_faults() > 0;
  if (faulty) absl::StrAppend(&rows, "; ", report->num_faults(), " faults: mend the file or its mapping");
  findings.push_back({faulty ? Finding::Level::kFault : Finding::Level::kFine, subject, rows});
  for (const std::string& warning : report->warnings()) {
    findings.push_back({Finding::Level::kWarning, subject, Printable(warning)});
  }
  const int shown = std::min(report->faults_size(), kMaxFaultLines);
  for (int i = 0; i < shown; ++i) {
    const v1::DataFault& fault = report->faults(i);
    findings.push_back(
        {Finding::Level::kFault, subject, absl::StrCat(PlaceOf(fault), ": ", Printable(fault.problem()))});
  }
}

}  // namespace accord
