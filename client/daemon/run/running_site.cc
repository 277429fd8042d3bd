#include "client/daemon/run/running_site.h"

#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/enrol/enrolment.h"
#include "client/daemon/run/machine.h"
#include "client/daemon/secure/secure_site.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "client/daemon/state/vector_key.h"
#include "client/daemon/training/gpu.h"
#include "spdlog/spdlog.h"
#include "trust/identity/granted_identity.h"
#include "trust/log/log_head.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

std::string GpuInWords() {
  const std::string model = GpuModel();
  return model.empty() ? "unknown" : model;
}

v1::SiteFact MakeFacts(const v1::SiteConfig& config) {
  v1::SiteFact facts;
  facts.set_site(config.site());
  facts.set_software_version(kSoftwareVersion);
  facts.set_sandboxed(config.sandbox().mode() != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT);
  facts.set_cpu(CpuModel());
  facts.set_blas(BlasLibrary());
  if (config.sandbox().gpu()) facts.set_gpu(GpuInWords());
  return facts;
}

absl::Status CheckCertificate(const StateFolder& folder, const std::string& site) {
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
  return absl::OkStatus();
}

// For people; empty where it cannot be read.
std::string WhenCertificateEnds(const std::string& path) {
  const auto pem = ReadFile(path);
  if (!pem.ok()) return "";
  const auto facts = ReadCertificate(*pem);
  return facts.ok() ? absl::FormatTime(absl::RFC3339_sec, facts->not_after, absl::UTCTimeZone()) : "";
}

// A different delay at each site after a common outage; nothing secret depends on it.
std::function<double()> MakeUniform() {
  const auto generator = std::make_shared<std::mt19937_64>(std::random_device{}());  // std::function copies
  return [generator] { return std::uniform_real_distribution<double>(0, 1)(*generator); };
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

// The newest head of the federation's log that this site has taken.
absl::Time WhenSigned(const KeptLog& log) {
  if (!log.head().has_value()) return absl::InfinitePast();
  const auto head = ParseLogHead(log.head()->head.bytes);
  return head.ok() ? absl::FromUnixMicros(static_cast<int64_t>(head->unix_us)) : absl::InfinitePast();
}

// Uploads that the ledger of what left must have.
std::vector<LeftUpload> LeftForCertain(const secure::SiteRecord& record) {
  std::vector<LeftUpload> left;
  for (const auto& [job_id, attempt, sequence] : record.contributed()) left.push_back({job_id, attempt, sequence});
  return left;
}

}  // namespace

RunningSite::~RunningSite() {
  if (versions_ != nullptr) versions_->TellWhenFound({});  // the engine goes first
}

absl::StatusOr<std::unique_ptr<RunningSite>> RunningSite::Open(const v1::SiteConfig& given, const Options& wanted) {
  std::unique_ptr<RunningSite> site(new RunningSite(given));
  const v1::SiteConfig& config = site->config_;
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(site->lock_, folder.Lock());
  ACCORD_RETURN_IF_ERROR(FinishIdentity(folder.IdentityFiles()));
  ACCORD_RETURN_IF_ERROR(CheckCertificate(folder, config.site()));
  ACCORD_ASSIGN_OR_RETURN(auto credentials, MakeClientCredentials(folder.IdentityFiles()));
  ACCORD_ASSIGN_OR_RETURN(site->host_, wanted.make_host(config));
  ACCORD_ASSIGN_OR_RETURN(site->signer_, MakeOwnSigner(config, IfTokenFails::kWarnAndGoOn));
  site->roster_ = std::make_unique<PinnedRoster>(config, site->signer_->public_key_der());
  VersionKeeper::Options versions;
  versions.hash = [host = site->host_.get()](const std::string& data_set) { return host->HashData(data_set); };
  site->versions_ = std::make_unique<VersionKeeper>(config, std::move(versions), Clock::System());
  MachineFacts machine;
  machine.software = kSoftwareVersion;
  machine.sandboxed = config.sandbox().mode() != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT;
  machine.disk_encryption_declared = config.disks_encrypted();
  machine.log_head_signed = [self = site.get()] {
    return self->log_ == nullptr ? absl::InfinitePast() : WhenSigned(*self->log_);
  };
  site->postures_ = std::make_unique<PostureFiles>(folder.PostureFolder(), std::move(machine), *site->signer_,
                                                   EntropySource::System());
  JobGate::Surroundings around;
  around.version_now = [versions = site->versions_.get()](const std::string& data_set) {
    return versions->Now(data_set);
  };
  around.postures = site->postures_.get();
  site->gate_ = std::make_unique<JobGate>(config, *site->signer_, Clock::System(), std::move(around));
  ACCORD_RETURN_IF_ERROR(site->gate_->CheckRules());

  SiteEngine::Options options;
  options.config = config;
  options.facts = MakeFacts(config);
  options.certificate_expires = [path = folder.IdentityFiles().certificate] { return WhenCertificateEnds(path); };
  options.pause_file = folder.PauseFile();
  options.roster = site->roster_.get();
  options.gate = site->gate_.get();
  options.version_since = [versions = site->versions_.get()](const std::string& data_set, absl::Duration since) {
    return versions->Since(data_set, since);
  };
  ACCORD_ASSIGN_OR_RETURN(site->record_, RecordFile::Open(folder.RecordFile(), config.site()));
  site->peers_ = std::make_unique<PeersFile>(folder.PeersFile());
  if (const absl::Status read = site->peers_->Read(config.site(), site->record_->record().peers()); !read.ok()) {
    spdlog::warn("{}", std::string(read.message()));
  }
  site->past_ = std::make_unique<OwnPast>(
      OwnPast::Surroundings{.site = config.site(),
                            .signer = *site->signer_,
                            .record = *site->record_,
                            .roster = [roster = site->roster_.get()] { return roster->Pinned(); },
                            .evidence_folder = folder.EvidenceFolder()});
  options.past = site->past_.get();
  const secure::SiteRecord& record = site->record_->record();
  ACCORD_ASSIGN_OR_RETURN(
      site->ledger_, EgressLedger::Open(folder.EgressFile(), config.site(), Clock::System(), LeftForCertain(record)));
  ACCORD_RETURN_IF_ERROR(site->ledger_->DaemonStarts(kSoftwareVersion, config.coordinator(), record.sequence()));
  options.ledger = site->ledger_.get();
  ACCORD_ASSIGN_OR_RETURN(site->log_, KeptLog::Open(config, site->ledger_.get()));
  options.log = site->log_.get();
  ACCORD_ASSIGN_OR_RETURN(site->stamps_, StampFloor::Open(config, Clock::System()));
  options.stamps = site->stamps_.get();
  ACCORD_ASSIGN_OR_RETURN(site->kept_, KeptStore::Open(folder.KeptFolder(), config.max_kept_mib() << 20));
  options.kept = site->kept_.get();
  ACCORD_ASSIGN_OR_RETURN(options.vector_key, LoadVectorKey(folder.VectorKeyFile()));
  options.secure = MakeSecureSite(config, folder, *site->roster_, *site->log_);
  options.secure.signer = site->signer_.get();
  options.secure.record = site->record_.get();
  options.secure.peers = site->peers_.get();
  // One that was renewed counts from the next connection on.
  options.session.make_channel = [&config, files = folder.IdentityFiles(), credentials = std::move(credentials),
                                  buffers = wanted.buffers]() mutable {
    if (auto renewed = MakeClientCredentials(files); renewed.ok()) credentials = *std::move(renewed);
    return MakeCoordinatorChannel(config.coordinator(), config.proxy(), credentials, buffers);
  };
  options.session.uniform = MakeUniform();
  options.turns = wanted.turns;
  options.tell = wanted.tell;
  site->engine_ = std::make_unique<SiteEngine>(std::move(options), *site->host_);
  site->versions_->TellWhenFound([engine = site->engine_.get()] { engine->OrdersChanged(); });
  return site;
}

}  // namespace accord
