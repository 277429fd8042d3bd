#include "client/daemon/run/egress_command.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/ledger/egress_file.h"
#include "client/daemon/ledger/egress_report.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

absl::StatusOr<EgressView> ViewOf(const EgressOptions& options) {
  static const auto& formats = *new std::map<std::string, EgressFormat>{
      {"table", EgressFormat::kTable}, {"csv", EgressFormat::kCsv}, {"json", EgressFormat::kJson}};
  EgressView view;
  const auto format = formats.find(options.format);
  if (format == formats.end()) {
    return absl::InvalidArgumentError(absl::StrCat("--format ", options.format, ": expected table, csv or json"));
  }
  view.format = format->second;
  view.totals = options.totals;
  view.requests = options.requests;
  view.job_id = options.job_id;
  if (options.since.empty()) return view;
  std::string ignored;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%S", options.since, &view.since, &ignored) &&
      !absl::ParseTime("%Y-%m-%d", options.since, &view.since, &ignored)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--since ", options.since, ": expected a day or a time of UTC, as in 2026-11-26 or \"2026-11-26 11:00:00\""));
  }
  return view;
}

// The job of the ledger that has this id, or alone an id that begins so; nullopt: none. INVALID_ARGUMENT: several.
// What is wrong with the ledger is told when it is shown.
absl::StatusOr<std::optional<std::string>> JobOfLedger(const std::string& path, const std::string& site,
                                                       const std::string& begin) {
  constexpr size_t kMostNamed = 5;
  std::set<std::string> found;
  size_t more = 0;
  ReadEgressFile(path, site, [&](uint64_t, const v1::EgressEntry& entry) {
    if (!absl::StartsWith(entry.job_id(), begin) || found.contains(entry.job_id())) return;
    if (found.size() < kMostNamed || entry.job_id() == begin) {
      found.insert(entry.job_id());
    } else {
      ++more;
    }
  }).IgnoreError();
  if (found.contains(begin)) return begin;
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return *found.begin();
  return absl::InvalidArgumentError(absl::StrCat("--job ", begin, " fits several jobs: ", absl::StrJoin(found, ", "),
                                                 more > 0 ? " and more" : "", "; write more of its id"));
}

}  // namespace

absl::Status ShowEgress(const EgressOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(EgressView view, ViewOf(options));
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  bool of_no_job = false;
  if (!view.job_id.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::optional<std::string> job,
                            JobOfLedger(folder.EgressFile(), config.site(), view.job_id));
    of_no_job = !job.has_value();
    view.job_id = job.value_or(view.job_id);
  }
  const std::unique_ptr<EgressReport> report = EgressReport::Make(view, out);
  const auto end =
      ReadEgressFile(folder.EgressFile(), config.site(),
                     [&report](uint64_t sequence, const v1::EgressEntry& entry) { report->Add(sequence, entry); });
  if (absl::IsNotFound(end.status())) {
    return absl::NotFoundError(absl::StrCat("nothing has been written down yet: there is no ", folder.EgressFile(),
                                            " (the daemon makes it when it first runs)"));
  }
  if (!end.ok()) {
    return Annotate(end.status(),
                    "the ledger is not as it was written; what is shown before this entry is, nothing after it can be "
                    "trusted");
  }
  if (of_no_job && view.format == EgressFormat::kTable) {
    out << "Nothing in the ledger is of a job " << Printable(view.job_id)
        << ": none of its messages or vectors has left this site. accord-client egress --totals lists the jobs.\n";
  }
  report->Finish(*end);
  return absl::OkStatus();
}

}  // namespace accord
