#include "client/daemon/run/daemon.h"

#include <signal.h>

#include <filesystem>
#include <memory>
#include <random>
#include <utility>

#include "absl/time/clock.h"
#include "base/file.h"
#include "base/logging.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/pinned_roster.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/run/machine.h"
#include "client/daemon/secure/record_file.h"
#include "client/daemon/secure/secure_site.h"
#include "client/daemon/session/channel.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/kept_store.h"
#include "client/daemon/state/state_folder.h"
#include "client/daemon/state/vector_key.h"
#include "client/daemon/work/site_engine.h"
#include "proto/validation/config_validation.h"
#include "spdlog/spdlog.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/signing.h"
#include "trust/tls/credentials.h"

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

v1::SiteFact MakeFacts(const v1::SiteConfig& config) {
  v1::SiteFact facts;
  facts.set_site(config.site());
  facts.set_software_version(kSoftwareVersion);
  facts.set_sandboxed(config.sandbox().mode() != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT);
  facts.set_cpu(CpuModel());
  facts.set_blas(BlasLibrary());
  return facts;
}

absl::StatusOr<CertificateFacts> CheckCertificate(const StateFolder& folder, const std::string& site) {
  const std::string path = folder.IdentityFiles().certificate;
  auto pem = ReadFile(path);
  if (absl::IsNotFound(pem.status())) {
    return absl::NotFoundError(
        absl::StrCat("this site is not enrolled (no ", path,
                     "): run accord-client enroll with a token from the coordinator's operator"));
  }
  if (!pem.ok()) return pem.status();
  auto facts = ReadCertificate(*pem);
  if (!facts.ok()) return Annotate(facts.status(), path);
  if (facts->identity != absl::StrCat("site/", site)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is for \"", facts->identity,
                                                      "\", but the config says site: ", site,
                                                      "; mend the config or enrol again"));
  }
  return facts;
}

// A different delay at each site after a common outage; nothing secret depends on it.
std::function<double()> MakeUniform() {
  const auto generator = std::make_shared<std::mt19937_64>(std::random_device{}());  // std::function copies
  return [generator] { return std::uniform_real_distribution<double>(0, 1)(*generator); };
}

v1::ControlReply Answer(SiteEngine& engine, const v1::ControlRequest& request) {
  v1::ControlReply reply;
  absl::Status status;
  if (request.has_pause()) status = engine.Pause();
  if (request.has_resume()) status = engine.Resume();
  if (request.kind_case() == v1::ControlRequest::KIND_NOT_SET) {
    status = absl::InvalidArgumentError("the daemon does not know this request; is it of another version?");
  }
  if (!status.ok()) reply.set_error(std::string(status.message()));
  *reply.mutable_status() = engine.Status();
  return reply;
}

// All but what is made of files.
SecureSite MakeSecureSite(const v1::SiteConfig& config, const StateFolder& folder, const PinnedRoster& roster,
                          const KeptLog& log) {
  SecureSite site;
  site.site = config.site();
  site.floors = FloorsOf(config.floors());
  site.roster = [&roster] { return roster.Current(); };
  site.evidence_folder = folder.EvidenceFolder();
  site.named_log_head = [&log](const v1::SignedLogHead& head) { return log.Named(head); };
  return site;
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
  for (const v1::SiteDataset& dataset : config.datasets()) {
    options.datasets.push_back({dataset.name(), std::filesystem::absolute(dataset.mapping()).string()});
  }
  return TrainerHost::Create(std::move(options));
}

absl::Status RunDaemon(const std::string& config_path) {
  const sigset_t stop_signals = BlockStopSignals();
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(config_path));
  ACCORD_RETURN_IF_ERROR(StartLogging({"accord-client", config.log().level(), config.log().file()}));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, folder.Lock());
  ACCORD_ASSIGN_OR_RETURN(const CertificateFacts certificate, CheckCertificate(folder, config.site()));
  ACCORD_ASSIGN_OR_RETURN(const auto credentials, MakeClientCredentials(folder.IdentityFiles()));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TrainerHost> host, MakeTrainerHost(config));
  WarnOfSlowBlas();
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Signer> signer, MakeOwnSigner(config, IfTokenFails::kWarnAndGoOn));
  PinnedRoster roster(config, signer->public_key_der());

  SiteEngine::Options options;
  options.config = config;
  options.facts = MakeFacts(config);
  options.certificate_expires = absl::FormatTime(absl::RFC3339_sec, certificate.not_after, absl::UTCTimeZone());
  options.pause_file = folder.PauseFile();
  options.roster = &roster;
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<RecordFile> record,
                          RecordFile::Open(folder.RecordFile(), config.site()));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<EgressLedger> ledger,
                          EgressLedger::Open(folder.EgressFile(), config.site(), Clock::System()));
  ACCORD_RETURN_IF_ERROR(ledger->DaemonStarts(kSoftwareVersion, config.coordinator()));
  options.ledger = ledger.get();
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<KeptLog> log, KeptLog::Open(config, ledger.get()));
  options.log = log.get();
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<KeptStore> kept,
                          KeptStore::Open(folder.KeptFolder(), config.max_kept_mib() << 20));
  options.kept = kept.get();
  ACCORD_ASSIGN_OR_RETURN(options.vector_key, LoadVectorKey(folder.VectorKeyFile()));
  options.secure = MakeSecureSite(config, folder, roster, *log);
  options.secure.signer = signer.get();
  options.secure.record = record.get();
  options.session.make_channel = [&config, credentials] {
    return MakeCoordinatorChannel(config.coordinator(), config.proxy(), credentials);
  };
  options.session.uniform = MakeUniform();
  SiteEngine engine(std::move(options), *host);
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<ControlServer> control,
                          ControlServer::Start(folder.ControlSocket(), [&engine](const v1::ControlRequest& request) {
                            return Answer(engine, request);
                          }));
  engine.Start();
  // A trainer that does not start now is started, or refused with its reason, by the first job that needs it.
  // Whoever started the daemon waits for one of these two lines.
  if (const absl::Status warm = host->Warm(); warm.ok()) {
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
