#include "cli/local_federation/local_federation.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/status.h"
#include "cli/local_federation/log_lines.h"

namespace accord {
namespace {

constexpr absl::Duration kCommandTimeout = absl::Seconds(60);
constexpr absl::Duration kStartTimeout = absl::Seconds(60);
constexpr absl::Duration kLoadTimeout = absl::Seconds(5);     // of LibTorch, for each site
constexpr absl::Duration kConnectTimeout = absl::Seconds(1);  // of one of many sites in a process
constexpr char kSimulatedSites[] = "the simulated sites";

absl::Status NoTrainer(absl::string_view name, const Process& process) {
  return absl::FailedPreconditionError(absl::StrCat(name, ": no trainer starts; the last lines of the log:\n",
                                                    ReadableLog(process.OutputTail()),
                                                    "`accord-client check` says more about a machine's sandbox"));
}

// Longer than any rehearsal or simulation: the sites of a simulation have no daemon that would renew theirs.
absl::Status LetCertificatesLast(const std::string& config) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(config));
  return WriteFileAtomically(config, text + "certificate_hours: 17544\n");
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalFederation>> LocalFederation::Start(Options options) {
  std::unique_ptr<LocalFederation> federation(new LocalFederation(std::move(options)));
  ACCORD_RETURN_IF_ERROR(RunProgram({federation->options_.programs.coordinator, "init", federation->Path("coordinator"),
                                     "--listen", "127.0.0.1:0", "--name", "localhost"},
                                    federation->WaitAtMost(kCommandTimeout))
                             .status());
  ACCORD_RETURN_IF_ERROR(LetCertificatesLast(federation->Path("coordinator/coordinator.yaml")));
  ACCORD_RETURN_IF_ERROR(federation->StartCoordinator());
  return federation;
}

LocalFederation::~LocalFederation() { Stop(); }

std::string LocalFederation::Path(absl::string_view name) const { return absl::StrCat(folder(), "/", name); }

std::string LocalFederation::SiteFolder(absl::string_view name) const { return Path(absl::StrCat("sites/", name)); }

absl::Status LocalFederation::StartCoordinator() {
  const std::string config = Path("coordinator/coordinator.yaml");
  ACCORD_ASSIGN_OR_RETURN(coordinator_,
                          Process::Start({.argv = {options_.programs.coordinator, "run", "--config", config},
                                          .output_path = Path("coordinator.log")}));
  // The port's file is there before this line.
  ACCORD_RETURN_IF_ERROR(
      Annotate(coordinator_.WaitForOutput("listening", WaitAtMost(kStartTimeout)), "the coordinator"));
  if (!address_.empty()) return absl::OkStatus();
  // The first start takes a free port; later ones must be found under the same address.
  ACCORD_ASSIGN_OR_RETURN(const std::string written, ReadFile(Path("coordinator/state/port")));
  const absl::string_view port = absl::StripAsciiWhitespace(written);
  address_ = absl::StrCat("localhost:", port);
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(config));
  return WriteFileAtomically(config, absl::StrReplaceAll(text, {{"127.0.0.1:0", absl::StrCat("127.0.0.1:", port)}}));
}

absl::StatusOr<std::string> LocalFederation::Token(const std::string& role, const std::string& id,
                                                   const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"token", role, id};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Coordinator(arguments);
}

absl::Status LocalFederation::AddSite(const LocalSite& site) {
  const std::string folder = SiteFolder(site.name);
  sites_.push_back({.name = site.name, .folder = folder, .config = folder + "/client.yaml"});
  const size_t index = sites_.size() - 1;
  ACCORD_RETURN_IF_ERROR(MakeFolders(sites_[index].folder, 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(
      sites_[index].config,
      absl::StrCat("coordinator: ", address_, "\nsite: ", site.name, "\nstate_dir: state\n", site.config)));
  ACCORD_ASSIGN_OR_RETURN(std::string token,
                          Token("site", site.name, {"--organisation", absl::StrCat("Organisation of ", site.name)}));
  const absl::Status enrolled = Client(index, {"enroll", "--token", "-"}, token).status();
  WipeString(token);
  return Annotate(enrolled, site.name);
}

// One file goes from site to site and back.
absl::Status LocalFederation::AgreeOnRoster(const std::string& federation) {
  const std::string file = Path("roster");
  std::vector<std::string> draft = {"roster", "draft", "--out", file};
  if (!federation.empty()) draft.insert(draft.end(), {"--federation", federation});
  ACCORD_RETURN_IF_ERROR(Coordinator(draft).status());
  for (size_t i = 0; i < sites_.size(); ++i) {
    ACCORD_RETURN_IF_ERROR(Annotate(Client(i, {"roster", "sign", file}).status(), sites_[i].name));
  }
  return Coordinator({"roster", "publish", file}).status();
}

absl::StatusOr<std::string> LocalFederation::Coordinator(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {options_.programs.coordinator};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", Path("coordinator/coordinator.yaml")});
  return RunProgram(argv, WaitAtMost(kCommandTimeout));
}

absl::StatusOr<std::string> LocalFederation::Client(size_t site, const std::vector<std::string>& arguments,
                                                    absl::string_view input) {
  std::vector<std::string> argv = {options_.programs.client};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", sites_[site].config});
  return RunProgram(argv, WaitAtMost(kCommandTimeout), input);
}

absl::Status LocalFederation::StartSite(size_t index) {
  Site& site = sites_[index];
  ACCORD_ASSIGN_OR_RETURN(site.process,
                          Process::Start({.argv = {options_.programs.client, "run", "--config", site.config},
                                          .output_path = site.folder + ".log"}));
  return absl::OkStatus();
}

absl::Status LocalFederation::StartSites(size_t count) {
  count = std::min(count, sites_.size());
  for (size_t i = 0; i < count; ++i) {
    if (!sites_[i].process.running()) ACCORD_RETURN_IF_ERROR(StartSite(i));
  }
  for (size_t i = 0; i < count; ++i) {
    ACCORD_RETURN_IF_ERROR(
        Annotate(sites_[i].process.WaitForOutput("connected to ", WaitAtMost(kStartTimeout)), sites_[i].name));
  }
  return absl::OkStatus();
}

absl::Status LocalFederation::AwaitTrainers() {
  // All load at the same time, on the same cores.
  const absl::Duration longest = kStartTimeout + kLoadTimeout * sites_.size();
  for (Site& site : sites_) {
    if (!site.process.running()) continue;
    const auto said =
        site.process.WaitForOneOf({"the trainers are ready", "a trainer does not start"}, WaitAtMost(longest));
    if (!said.ok()) return Annotate(said.status(), site.name);
    if (*said == 0) continue;
    return NoTrainer(site.name, site.process);
  }
  return absl::OkStatus();
}

absl::Status LocalFederation::StartSimulator(const Simulator& simulator) {
  std::vector<std::string> argv = {options_.programs.simulator,
                                   "run",
                                   "--sites",
                                   Path("sites"),
                                   "--trainers",
                                   absl::StrCat(simulator.trainers),
                                   "--at-once",
                                   absl::StrCat(simulator.at_once)};
  if (!simulator.rows.empty()) argv.insert(argv.end(), {"--rows", simulator.rows});
  ACCORD_ASSIGN_OR_RETURN(simulator_, Process::Start({.argv = argv, .output_path = Path("simulator.log")}));
  const absl::Duration longest = kStartTimeout + kConnectTimeout * sites_.size();
  ACCORD_RETURN_IF_ERROR(
      Annotate(simulator_.WaitForOutput(" sites are connected", WaitAtMost(longest)), kSimulatedSites));
  const auto said =
      simulator_.WaitForOneOf({"the trainers are ready", "a trainer does not start"}, WaitAtMost(longest));
  if (!said.ok()) return Annotate(said.status(), kSimulatedSites);
  return *said == 0 ? absl::OkStatus() : NoTrainer(kSimulatedSites, simulator_);
}

// The daemons first: a site that loses its coordinator would log that it looks for it.
void LocalFederation::Stop() {
  simulator_.Signal(SIGTERM);
  for (Site& site : sites_) site.process.Signal(SIGTERM);
  for (Site& site : sites_) site.process.Stop(absl::Seconds(10), options_.stop);
  simulator_.Stop(absl::Seconds(10), options_.stop);
  coordinator_.Stop(absl::Seconds(10), options_.stop);
}

absl::Status LocalFederation::Check() {
  if (options_.stop != nullptr) ACCORD_RETURN_IF_ERROR(options_.stop->status());
  const auto check = [](Process& process, const std::string& name) {
    if (process.pid() < 0 || process.running()) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat(name, " ended by itself; the last lines of its log:\n",
                                               absl::StripTrailingAsciiWhitespace(ReadableLog(process.OutputTail()))));
  };
  ACCORD_RETURN_IF_ERROR(check(coordinator_, "the coordinator"));
  ACCORD_RETURN_IF_ERROR(check(simulator_, absl::StrCat("the process of ", kSimulatedSites)));
  for (Site& site : sites_) ACCORD_RETURN_IF_ERROR(check(site.process, absl::StrCat("the daemon of ", site.name)));
  return absl::OkStatus();
}

}  // namespace accord
