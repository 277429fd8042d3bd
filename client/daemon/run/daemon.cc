#include "client/daemon/run/daemon.h"

#include <signal.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/enrol/certificate_keeper.h"
#include "client/daemon/governance/job_gate.h"
#include "client/daemon/run/machine.h"
#include "client/daemon/run/running_site.h"
#include "client/daemon/state/state_folder.h"
#include "client/daemon/work/site_engine.h"
#include "proto/validation/config_validation.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

v1::ControlReply Answer(SiteEngine& engine, const v1::ControlRequest& request) {
  v1::ControlReply reply;
  absl::Status status;
  if (request.has_pause()) status = engine.Pause();
  if (request.has_resume()) status = engine.Resume();
  if (request.has_orders_changed()) engine.OrdersChanged();
  if (request.kind_case() == v1::ControlRequest::KIND_NOT_SET) {
    status = absl::InvalidArgumentError("the daemon does not know this request; is it of another version?");
  }
  if (!status.ok()) reply.set_error(std::string(status.message()));
  *reply.mutable_status() = engine.Status();
  return reply;
}

void WarnOfSlowBlas() {
  if (IsReferenceBlas(BlasLibrary())) spdlog::warn("{}", kReferenceBlasAdvice);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrainerHost>> MakeTrainerHost(const v1::SiteConfig& config) {
  TrainerHostOptions options;
  options.trainer_path = config.trainer();
  if (options.trainer_path.empty()) {
    options.trainer_path = std::filesystem::read_symlink("/proc/self/exe").replace_filename("accord-trainer").string();
  }
  options.site = config.site();
  options.sandbox = config.sandbox();
  if (!config.opt_out_list().empty()) options.opt_out_list = std::filesystem::absolute(config.opt_out_list()).string();
  const std::string& scratch_dir = config.sandbox().scratch_dir();
  options.scratch_dir = std::filesystem::absolute(scratch_dir.empty() ? config.state_dir() : scratch_dir).string();
  for (const v1::SiteDataset& dataset : config.datasets()) {
    options.datasets.push_back({dataset.name(), std::filesystem::absolute(dataset.mapping()).string()});
  }
  return TrainerHost::Create(std::move(options));
}

absl::Status RunDaemon(const std::string& config_path) {
  const sigset_t stop_signals = BlockStopSignals();
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(config_path));
  ACCORD_RETURN_IF_ERROR(StartLogging({"accord-client", config.log().level(), config.log().file()}));
  WarnOfSlowBlas();
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<RunningSite> site,
                          RunningSite::Open(config, {.make_host = MakeTrainerHost}));
  SiteEngine& engine = site->engine();
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<ControlServer> control,
                          ControlServer::Start(folder.ControlSocket(), [&engine](const v1::ControlRequest& request) {
                            return Answer(engine, request);
                          }));
  const CertificateKeeper keeper(
      {config.coordinator(), config.proxy(), folder.IdentityFiles(), Clock::System(),
       [&site](const v1::RenewRequest& request) { return site->ledger().RenewalLeaves(request); }});
  engine.Start();
  // A trainer that does not start now is started, or refused with its reason, by the first job that needs it.
  // Whoever started the daemon waits for one of these two lines.
  if (const absl::Status warm = site->host().Warm(); warm.ok()) {
    spdlog::info("the trainers are ready");
  } else {
    spdlog::warn("a trainer does not start: {}", std::string(warm.message()));
  }
  int signal = 0;
  sigwait(&stop_signals, &signal);
  spdlog::info("stopping");
  return absl::OkStatus();
}

}  // namespace accord
