#include "client/daemon/run/doctor.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/enrol/enrolment.h"
#include "client/daemon/enrol/renewal.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/run/charter_finding.h"
#include "client/daemon/run/daemon.h"
#include "client/daemon/run/data_findings.h"
#include "client/daemon/run/floors_finding.h"
#include "client/daemon/run/lapsing_releases.h"
#include "client/daemon/run/log_finding.h"
#include "client/daemon/run/machine.h"
#include "client/daemon/run/roster_finding.h"
#include "client/daemon/run/scratch_finding.h"
#include "client/daemon/run/token_finding.h"
#include "client/daemon/session/channel.h"
#include "client/daemon/state/state_folder.h"
#include "client/daemon/training/gpu.h"
#include "nlohmann/json.hpp"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "proto/protocol_version.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"
#include "trust/identity/granted_identity.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

using Level = Finding::Level;

constexpr std::chrono::seconds kConnectPatience(15);

Finding FromStatus(const std::string& subject, const absl::Status& status, const std::string& fine) {
  if (status.ok()) return {Level::kFine, subject, fine};
  return {Level::kFault, subject, std::string(status.message())};
}

std::string Day(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone()); }

void ExamineCertificate(const v1::SiteConfig& config, std::vector<Finding>& findings) {
  const TlsFiles files = StateFolder(config.state_dir()).IdentityFiles();
  if (const absl::Status finished = FinishIdentity(files); !finished.ok()) {
    findings.push_back(FromStatus("certificate", finished, ""));
  }
  auto pem = ReadFile(files.certificate);
  if (!pem.ok()) {
    const bool none = absl::IsNotFound(pem.status());
    findings.push_back({Level::kFault, "certificate",
                        absl::StrCat(none ? "none: " : "", pem.status().message(),
                                     none ? "; run accord-client enroll"
                                          : "; run this as the user of the service (sudo -u accord-client)")});
    return;
  }
  auto facts = ReadCertificate(*pem);
  if (!facts.ok()) {
    findings.push_back(FromStatus("certificate", facts.status(), ""));
    return;
  }
  const absl::Time now = absl::Now();
  if (now < facts->not_before) {
    findings.push_back({Level::kFault, "clock",
                        absl::StrCat("this machine says ", Day(now), ", before the certificate was made (",
                                     Day(facts->not_before), "): set the clock, for example with timesyncd")});
  } else {
    findings.push_back({Level::kFine, "clock", Day(now)});
  }
  if (facts->identity != absl::StrCat("site/", config.site())) {
    findings.push_back({Level::kFault, "certificate",
                        absl::StrCat("is for ", facts->identity, ", but the config says site: ", config.site(),
                                     "; mend the config or enrol again")});
  } else if (const absl::Time late = (RenewalTime(*facts) + (facts->not_after - RenewalTime(*facts)) / 2); late < now) {
    const bool ended = facts->not_after < now;
    findings.push_back({ended ? Level::kFault : Level::kWarning, "certificate",
                        absl::StrCat(ended ? "ended on " : "valid until ", Day(facts->not_after),
                                     ", and was not renewed: the daemon does that by itself while it runs and reaches "
                                     "the coordinator. One that ended too long ago needs a new token and accord-client "
                                     "enroll --force")});
  } else {
    findings.push_back(
        {Level::kFine, "certificate", absl::StrCat(facts->identity, ", valid until ", Day(facts->not_after))});
  }
}

// A session is opened, greeted as paused (so that no plan comes), and ended. A daemon that runs would be pushed out by
// a second session, so with one the handshake alone must do.
absl::StatusOr<v1::Welcome> Greet(const std::shared_ptr<grpc::Channel>& channel, uint64_t log_size) {
  const auto stub = v1::SiteService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kConnectPatience);
  const auto stream = stub->Session(&context);
  v1::SiteMessage hello;
  hello.mutable_hello()->set_protocol_version(kProtocolVersion);
  hello.mutable_hello()->mutable_readiness()->set_paused(true);
  hello.mutable_hello()->set_log_size(log_size);
  v1::CoordinatorMessage answer;
  const bool welcomed = stream->Write(hello) && stream->Read(&answer) && answer.has_welcome();
  context.TryCancel();
  const grpc::Status status = stream->Finish();
  if (welcomed) return answer.welcome();
  return absl::UnavailableError(status.error_message());
}

bool HasEnded(const std::string& certificate_file) {
  const auto pem = ReadFile(certificate_file);
  const auto facts = pem.ok() ? ReadCertificate(*pem) : absl::StatusOr<CertificateFacts>(pem.status());
  return facts.ok() && facts->not_after < absl::Now();
}

// What the coordinator greeted this site with; nullopt when it was not asked.
std::optional<v1::Welcome> ExamineConnection(const v1::SiteConfig& config, std::vector<Finding>& findings) {
  const StateFolder folder(config.state_dir());
  // Every handshake with it fails, and that would look like an address at which nobody is.
  if (HasEnded(folder.IdentityFiles().certificate)) {
    findings.push_back(
        {Level::kFault, "connection", "not tried: a coordinator lets nobody in by a certificate that has ended"});
    return std::nullopt;
  }
  auto credentials = MakeClientCredentials(folder.IdentityFiles());
  if (!credentials.ok()) {
    findings.push_back(FromStatus("connection", credentials.status(), ""));
    return std::nullopt;
  }
  const auto channel = MakeCoordinatorChannel(config.coordinator(), config.proxy(), *credentials);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectPatience)) {
    findings.push_back(
        {Level::kFault, "connection",
         absl::StrCat("no connection to ", config.coordinator(), " within ", kConnectPatience.count(),
                      " s: check the address, that the coordinator runs, that its certificate names this "
                      "address, and `proxy` where this machine needs one")});
    return std::nullopt;
  }
  if (!folder.Lock().ok()) {
    findings.push_back({Level::kFine, "connection",
                        absl::StrCat("reached ", config.coordinator(), " (a daemon runs: see accord-client status)")});
    return std::nullopt;
  }
  const auto log = KeptLog::Look(config);  // a damaged one is told of below
  auto greeting = Greet(channel, log.ok() ? (*log)->size() : 0);
  if (!greeting.ok()) {
    findings.push_back({Level::kFault, "connection",
                        absl::StrCat("the coordinator does not take this site: ", greeting.status().message())});
    return std::nullopt;
  }
  findings.push_back(
      {Level::kFine, "connection", absl::StrCat("the coordinator knows this site as ", greeting->site())});
  return *std::move(greeting);
}

void ExamineTrainers(const v1::SiteConfig& config, const std::string& job_path, std::vector<Finding>& findings) {
  auto host = MakeTrainerHost(config);
  if (!host.ok()) {
    findings.push_back(FromStatus("trainer", host.status(), ""));
    return;
  }
  const bool sandboxed = config.sandbox().mode() != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT;
  if (!sandboxed) {
    findings.push_back({Level::kWarning, "sandbox", "off, as the config says; every report will say so"});
  }
  absl::StatusOr<v1::JobSpec> job = v1::JobSpec();
  if (!job_path.empty()) {
    job = LoadJobSpec(job_path);
    findings.push_back(FromStatus("job", job.status(), absl::StrCat(job_path, " can be read")));
  }
  if (config.datasets().empty()) {
    const absl::Status warm = (*host)->Warm();
    findings.push_back(FromStatus("sandbox", warm, "a trainer starts in it"));
    findings.push_back({Level::kWarning, "data", "no data set is released: this site can take part in drills only"});
  }
  bool any_read = false;
  std::optional<std::string> gpu_fault;  // empty text: a trainer can use it
  for (const v1::SiteDataset& dataset : config.datasets()) {
    const bool for_job = job.ok() && job->data().name() == dataset.name();
    const auto report = (*host)->CheckData(dataset.name(), for_job ? &job->data() : nullptr);
    any_read |= report.ok();
    if (report.ok() && config.sandbox().gpu()) gpu_fault = report->gpu_fault();
    ReportData(dataset.name(), report, findings);
  }
  if (gpu_fault.has_value()) {
    const std::string fault = absl::StrCat("sandbox.gpu offers it, and trainers cannot use it: ", *gpu_fault,
                                           "; install a LibTorch with CUDA, or set sandbox.gpu to false");
    findings.push_back(gpu_fault->empty() ? Finding{Level::kFine, "GPU", GpuModel()}
                                          : Finding{Level::kFault, "GPU", fault});
  }
  if (any_read && sandboxed) findings.push_back({Level::kFine, "sandbox", "the trainer read the data in it"});
  (*host)->EndAll();
}

void ExamineBlas(std::vector<Finding>& findings) {
  const std::string library = BlasLibrary();
  if (IsReferenceBlas(library)) {
    findings.push_back({Level::kWarning, "BLAS", kReferenceBlasAdvice});
  } else {
    findings.push_back({Level::kFine, "BLAS", library});
  }
}

const char* Word(Level level) {
  switch (level) {
    case Level::kFine:
      return "ok";
    case Level::kWarning:
      return "warning";
    case Level::kFault:
      return "FAULT";
  }
  return "FAULT";
}

void PrintJson(const std::vector<Finding>& findings, std::ostream& out) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"level", Word(finding.level)}, {"subject", finding.subject}, {"text", finding.text}});
  }
  out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

std::vector<Finding> ExamineSite(const std::string& config_path, const std::string& job_path) {
  std::vector<Finding> findings;
  const auto config = LoadSiteConfig(config_path);
  findings.push_back(FromStatus("config", config.status(), absl::StrCat(config_path, " can be read")));
  if (!config.ok()) return findings;
  ExamineCertificate(*config, findings);
  for (Finding& finding : ExamineToken(*config)) findings.push_back(std::move(finding));
  ExamineTrainers(*config, job_path, findings);
  if (!config->datasets().empty()) findings.push_back(ExamineScratch(*config));
  ExamineBlas(findings);
  const std::optional<v1::Welcome> greeting = ExamineConnection(*config, findings);
  findings.push_back(ExamineRoster(*config, greeting.has_value() ? &greeting->signed_roster() : nullptr));
  for (Finding& finding : ExamineFloors(*config, job_path)) findings.push_back(std::move(finding));
  findings.push_back(ExamineLog(*config, greeting.has_value() ? &*greeting : nullptr));
  findings.push_back(ExamineCharterOf(*config, absl::Now()));
  if (const auto differs = ExamineRunningRules(*config); differs.has_value()) findings.push_back(*differs);
  for (Finding& finding : ExamineReleases(*config)) findings.push_back(std::move(finding));
  return findings;
}

absl::Status CheckSite(const std::string& config_path, const std::string& job_path, bool json, std::ostream& out) {
  const std::vector<Finding> findings = ExamineSite(config_path, job_path);
  int faults = 0;
  for (const Finding& finding : findings) {
    if (finding.level == Level::kFault) ++faults;
    if (!json) out << absl::StrFormat("%-8s %s: %s\n", Word(finding.level), finding.subject, finding.text);
  }
  if (json) PrintJson(findings, out);
  if (faults == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(faults, faults == 1 ? " fault" : " faults", " found, see above"));
}

}  // namespace accord
