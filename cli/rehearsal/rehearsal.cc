#include "cli/rehearsal/rehearsal.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/status.h"
#include "cli/local_federation/local_federation.h"
#include "cli/local_federation/log_lines.h"
#include "cli/local_federation/scratch_folder.h"
#include "cli/numbers.h"
#include "cli/operations/client.h"
#include "cli/profile/profile.h"
#include "cli/rehearsal/trainer_watch.h"
#include "cli/synthetic/synthesize.h"
#include "trust/identity/enrolment_token.h"

namespace accord {
namespace {

constexpr char kPerson[] = "engineer";
// Until a job goes on whose sites all run here and are ready, besides the time that it gathers sites.
constexpr absl::Duration kGoesOnWithin = absl::Seconds(60);
constexpr absl::Duration kAndForEachSite = absl::Seconds(1);
// So that whoever waits for hundreds of sites sees that it goes on.
constexpr uint32_t kSayEach = 50;

class Rehearsal {
 public:
  Rehearsal(CliEnvironment& environment, const RehearsalSetup& setup, const RehearsalEvents& events,
            const std::string& folder)
      : environment_(environment), setup_(setup), events_(events), folder_(folder) {}

  absl::StatusOr<RehearsalResult> Run() {
    const absl::Duration began = environment_.clock.Monotonic();
    ACCORD_RETURN_IF_ERROR(MakeRows());
    ACCORD_RETURN_IF_ERROR(StartFederation());
    result_.started_in = environment_.clock.Monotonic() - began;
    ACCORD_RETURN_IF_ERROR(LogIn());
    ACCORD_RETURN_IF_ERROR(RunJob());
    if (result_.report.state() != v1::JOB_FINISHED) result_.last_lines = LastLines();
    federation_->Stop();
    return std::move(result_);
  }

 private:
  const v1::JobSpec& spec() const { return setup_.submission.spec; }
  std::string Path(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }

  absl::Status MakeRows() {
    if (spec().model().has_drill()) return absl::OkStatus();
    SyntheticOptions options = setup_.plan.synthetic;
    options.go_on = [this] { return setup_.stop.status(); };
    ACCORD_ASSIGN_OR_RETURN(result_.sites, SynthesizeHospitals(spec(), options, Path("rows")));
    return setup_.stop.status();
  }

  absl::Status StartFederation() {
    const SyntheticOptions& synthetic = setup_.plan.synthetic;
    events_.said(absl::StrCat("starting a coordinator and ", Plural(synthetic.num_sites, "site"), " in ", folder_));
    if (!setup_.plan.say_first.empty()) events_.said(setup_.plan.say_first);
    ACCORD_ASSIGN_OR_RETURN(
        federation_, LocalFederation::Start({.folder = folder_, .programs = setup_.programs, .stop = &setup_.stop}));
    for (uint32_t i = 0; i < synthetic.num_sites; ++i) {
      std::string config = absl::StrCat(setup_.plan.floors, setup_.plan.sandbox,
                                        "trainer: ", QuotedForYaml(setup_.programs.trainer), "\n");
      if (i < result_.sites.size()) {
        absl::StrAppend(&config, "datasets:\n  - {name: ", spec().data().name(),
                        ", mapping: ", QuotedForYaml(result_.sites[i].mapping), "}\n");
      }
      ACCORD_RETURN_IF_ERROR(federation_->AddSite({.name = synthetic.site_names[i], .config = std::move(config)}));
      if ((i + 1) % kSayEach == 0) events_.said(absl::StrCat(i + 1, " sites are enrolled"));
    }
    if (HasSecureSum(spec())) {
      if (synthetic.num_sites >= kSayEach) events_.said("all sites sign the roster");
      ACCORD_RETURN_IF_ERROR(federation_->AgreeOnRoster());
    }
    if (setup_.plan.simulation.has_value()) return StartSimulator(*setup_.plan.simulation);
    ACCORD_RETURN_IF_ERROR(federation_->StartSites());
    events_.said("all sites are connected; their trainers load LibTorch");
    return federation_->AwaitTrainers();
  }

  absl::Status StartSimulator(const SimulationPlan& simulation) {
    events_.said(absl::StrCat("all sites connect; ", Plural(simulation.num_trainers, "trainer"),
                              " for all of them load LibTorch once"));
    return federation_->StartSimulator({.rows = result_.sites.empty() ? "" : Path("rows"),
                                        .trainers = simulation.num_trainers,
                                        .at_once = simulation.sites_at_once});
  }

  // As `accord login` does, into a profile that goes with the folder.
  absl::Status LogIn() {
    ACCORD_ASSIGN_OR_RETURN(std::string text, federation_->Token("person", kPerson));
    auto token = EnrolmentToken::Parse(absl::StripAsciiWhitespace(text));
    WipeString(text);
    if (!token.ok()) return token.status();
    ACCORD_ASSIGN_OR_RETURN(const NewIdentity granted, environment_.enrol(federation_->address(), *token, nullptr));
    return SaveProfile(Path(kPerson), federation_->address(), granted);
  }

  absl::Status RunJob() {
    ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment_, Path(kPerson)));
    ACCORD_ASSIGN_OR_RETURN(const std::string job_id, client.Submit(setup_.submission));
    TrainerWatch trainers;
    const bool simulates = setup_.plan.simulation.has_value();
    SimulationWatch simulation(federation_->coordinator().pid(), federation_->simulator().pid());
    StallWatch stall(
        environment_.clock,
        kGoesOnWithin + kAndForEachSite * federation_->num_sites() + absl::Seconds(spec().rounds().gather_s()),
        {.all = federation_->num_sites(), .needed = spec().rounds().min_sites()});
    absl::StatusOr<v1::JobReport> report = absl::InternalError("not watched");
    {
      const auto tick = [&] {
        trainers.Look();
        if (simulates) simulation.Look();
        if (stall.stalled()) client.Cancel();
      };
      const FederationGuard guard(*federation_, {.broken = [&] { client.Cancel(); }, .tick = tick});
      const auto seen = [&](const v1::JobReport& now) {
        stall.Take(now);
        trainers.Look();  // a job may be over before the first tick
        result_.report = now;
        events_.progressed(now);
      };
      report = client.WatchJob(job_id, seen, events_.said);
    }
    result_.memory = trainers.memory();
    result_.simulation = simulation.memory();
    if (!report.ok()) return Explain(report.status(), stall.stalled());
    result_.report = *std::move(report);
    if (result_.report.job_sha256() == Sha256Hex(setup_.submission.open.job_spec())) return absl::OkStatus();
    return absl::InternalError("the coordinator ran another job than the one that was submitted");
  }

  // What the processes say is nearer to the cause than what the watcher met.
  absl::Status Explain(const absl::Status& status, bool stalled) {
    ACCORD_RETURN_IF_ERROR(federation_->Check());
    if (!stalled) return status;
    return absl::FailedPreconditionError(
        absl::StrCat("the job does not ", result_.report.rounds().empty() ? "begin" : "go on", ": ",
                     result_.report.waiting_for(), "\n", absl::StripTrailingAsciiWhitespace(LastLines())));
  }

  // Of the coordinator, and of the first site with something to complain of.
  std::string LastLines() {
    if (setup_.plan.simulation.has_value()) {
      return absl::StrCat("the last lines of the log of the sites:\n",
                          ReadableLog(federation_->simulator().OutputTail()), "and of the coordinator's:\n",
                          ReadableLog(federation_->coordinator().OutputTail()));
    }
    size_t chosen = 0;
    for (size_t i = federation_->num_sites(); i-- > 0;) {
      const std::string log = federation_->site(i).OutputTail();
      if (absl::StrContains(log, R"("level":"warning")") || absl::StrContains(log, R"("level":"error")")) chosen = i;
    }
    return absl::StrCat("the last lines of the log of ", federation_->site_name(chosen), ":\n",
                        ReadableLog(federation_->site(chosen).OutputTail()), "and of the coordinator's:\n",
                        ReadableLog(federation_->coordinator().OutputTail()));
  }

  CliEnvironment& environment_;
  const RehearsalSetup& setup_;
  const RehearsalEvents& events_;
  const std::string folder_;
  RehearsalResult result_;
  std::unique_ptr<LocalFederation> federation_;
};

}  // namespace

absl::StatusOr<RehearsalResult> Rehearse(CliEnvironment& environment, const RehearsalSetup& setup,
                                         const RehearsalEvents& events) {
  ACCORD_ASSIGN_OR_RETURN(ScratchFolder folder, ScratchFolder::Create("accord-rehearsal-"));
  if (setup.keep) folder.Keep();
  auto result = Rehearsal(environment, setup, events, folder.path()).Run();
  if (!setup.keep) return result;
  if (result.ok()) {
    result->folder = folder.path();
    return result;
  }
  return absl::Status(result.status().code(), absl::StrCat(result.status().message(), "\nkept: ", folder.path()));
}

}  // namespace accord
