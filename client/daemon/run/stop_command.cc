#include "client/daemon/run/stop_command.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/stop_store.h"
#include "client/daemon/state/state_folder.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::Duration kStopPatience = absl::Seconds(10);

}  // namespace

absl::Status TakeStop(const StopOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const ActiveCharter> charter, PinnedCharter(config).Pinned());
  if (charter == nullptr) {
    return absl::FailedPreconditionError(
        "this site has pinned no charter, which would say who is ombudsman: accord-client charter pin FILE");
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxStatementBytes + 256));
  const auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), options.file);
  const auto stop = StopStore(folder.StopFolder()).Keep(*charter, *statement);
  if (!stop.ok()) return Annotate(stop.status(), options.file);
  v1::ControlRequest request;
  request.mutable_orders_changed();
  const bool told = AskDaemon(folder.ControlSocket(), request, kStopPatience).ok();
  if (options.json) {
    const nlohmann::json taken = {{"job_sha256", HexDigest(stop->job)},
                                  {"ombudsman", stop->ombudsman},
                                  {"time", FormatUtc(stop->time)},
                                  {"reasons", stop->reasons},
                                  {"daemon_was_told", told}};
    out << taken.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return absl::OkStatus();
  }
  out << "STOPPED, for good: the job with the hash " << HexDigest(stop->job) << "\n  by the ombudsman "
      << stop->ombudsman << ", " << FormatUtc(stop->time) << ": " << Printable(absl::StrJoin(stop->reasons, " "))
      << "\n"
      << (told ? "the daemon goes by it now\n" : "no daemon runs here now; it goes by it when it starts\n");
  return absl::OkStatus();
}

}  // namespace accord
