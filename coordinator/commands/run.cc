#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/logging.h"
#include "base/process_tuning.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/end_signals.h"
#include "coordinator/commands/first_roster.h"
#include "coordinator/commands/state_dir.h"
#include "coordinator/engine/engine.h"
#include "coordinator/server/server.h"
#include "coordinator/stamps/stamping.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

constexpr absl::Duration kRenewalLook = absl::Hours(1);

// For whoever starts a coordinator on a free port and must find it.
class PortFile {
 public:
  // Removes what a run that was killed left.
  explicit PortFile(std::string path) : path_(std::move(path)) { unlink(path_.c_str()); }
  ~PortFile() { unlink(path_.c_str()); }
  absl::Status Write(int port) const {
    return WriteFileAtomically(path_, absl::StrCat(port, "\n"), 0644, Durability::kVisible);
  }

 private:
  const std::string path_;
};

// A coordinator may run for years. The server reads what was renewed by itself.
absl::Status RenewIfDue(const CertificateAuthority& authority, const v1::CoordinatorConfig& config, absl::Time now) {
  const std::vector<std::string> names(config.names().begin(), config.names().end());
  const auto renewed = RenewServerCertificate(authority, config.state_dir(), names, now);
  if (renewed.ok() && *renewed) spdlog::info("the server certificate was renewed");
  return renewed.status();
}

}  // namespace

absl::Status RunCoordinator(const std::string& config_path, bool after_gap) {
  EndSignals end_signals;
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(config_path));
  ACCORD_RETURN_IF_ERROR(StartLogging({"accord-coordinator", config.log().level(), config.log().file()}));
  RaiseOpenFileLimit();
  Clock& clock = Clock::System();
  const std::string& state_dir = config.state_dir();
  ACCORD_ASSIGN_OR_RETURN(const CertificateAuthority authority, LoadAuthority(state_dir));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, Store::Open(state_dir, clock, config.project()));
  ACCORD_RETURN_IF_ERROR(store->log().HoldClock(after_gap));
  const PortFile port_file(absl::StrCat(state_dir, "/port"));
  ACCORD_RETURN_IF_ERROR(RenewIfDue(authority, config, clock.Now()));
  Engine::Options engine_options;
  engine_options.max_sites = config.max_sites();
  engine_options.num_workers = static_cast<int>(std::max(2u, std::thread::hardware_concurrency()));
  std::unique_ptr<Stamping> stamping;
  if (config.has_time_stamps()) {
    ACCORD_ASSIGN_OR_RETURN(stamping, Stamping::Prepare(config.time_stamps(), store->log(), clock));
    engine_options.stamps = &stamping->board();
  }
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, Engine::Create(*store, clock, engine_options));
  FirstRoster first_roster(config_path, *store, clock);
  const ServerOptions server_options{
      config.listen(),
      config.max_upload_mib() << 20,
      ServerTlsFiles(state_dir),
      {absl::Hours(config.certificate_hours()), absl::Hours(24 * static_cast<int64_t>(config.renewal_days()))},
      [&first_roster] { first_roster.SomebodyEnrolled(); }};
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                          Server::Start(server_options, {*store, *engine, authority, clock}));
  // The file first: who waits for the line below finds it.
  ACCORD_RETURN_IF_ERROR(port_file.Write(server->port()));
  const std::string host = config.listen().substr(0, config.listen().rfind(':'));
  spdlog::info("listening on {}:{}", host, server->port());
  if (stamping != nullptr) stamping->Begin([&engine] { engine->Poke(); });
  while (!end_signals.WaitFor(kRenewalLook)) {
    const absl::Status renewed = RenewIfDue(authority, config, clock.Now());
    if (!renewed.ok()) spdlog::error("the server certificate is not renewed: {}", std::string(renewed.message()));
  }
  if (stamping != nullptr) stamping->End();
  server->Shutdown();
  engine->Stop();
  return absl::OkStatus();
}

}  // namespace accord
