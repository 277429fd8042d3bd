#include "coordinator/engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "coordinator/engine/job_over.h"
#include "coordinator/engine/job_report.h"
#include "coordinator/programs/job_end.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

// Enough for every site that was away for a while to learn how its job ended.
constexpr size_t kOverJobsKept = 64;

}  // namespace

Engine::Engine(Store& store, Clock& clock, const Options& options)
    : store_(store),
      clock_(clock),
      options_(options),
      charters_(store.rosters(), store.charters()),
      log_(store.log()),
      witnesses_(clock,
                 [this](const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
                   const auto session = sessions_.find(site);
                   if (session == sessions_.end()) return false;
                   // It would answer nothing: it is asked when it says that it is not paused any more.
                   if (message->has_witness_question() && session->second.readiness.paused()) return false;
                   session->second.link->Send(std::move(message));
                   return true;
                 }),
      loop_(clock, [this] { return Settle(); }),
      workers_(std::make_unique<WorkerPool>(options.num_workers)),
      members_strand_(*workers_) {}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(Store& store, Clock& clock, const Options& options) {
  auto engine = std::unique_ptr<Engine>(new Engine(store, clock, options));
  ACCORD_ASSIGN_OR_RETURN(engine->roster_, store.rosters().Latest());
  ACCORD_ASSIGN_OR_RETURN(engine->charter_, engine->charters_.Current());
  ACCORD_RETURN_IF_ERROR(engine->TakeUpUnfinished());
  engine->loop_.Start();
  return engine;
}

Engine::~Engine() { Stop(); }

void Engine::Stop() {
  loop_.Stop();
  workers_.reset();
}

void Engine::Poke() {
  loop_.Post([] {});
}

JobSurroundings Engine::Surroundings() {
  auto send = [this](const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
    const auto session = sessions_.find(site);
    if (session == sessions_.end()) return;
    if (message->has_plan()) {
      if (auto proof = log_.AheadOf(message->plan(), session->second.log_size); proof != nullptr) {
        session->second.link->Send(std::move(proof));
      }
    }
    session->second.link->Send(std::move(message));
  };
  auto roster = [this]() -> absl::StatusOr<std::shared_ptr<const Roster>> {
    if (roster_ != nullptr && clock_.Now() < roster_->roster->valid_until()) return roster_->roster;
    if (roster_ != nullptr) {
      return absl::FailedPreconditionError(
          "the roster in force has expired, and no site joins a round under it: accord-coordinator roster draft drafts "
          "the next version, the sites sign it, accord-coordinator roster publish puts it in force");
    }
    return absl::FailedPreconditionError(
        "secure sums need a roster that all sites have signed, and none is published: accord-coordinator roster draft "
        "makes one, accord-client roster sign signs it, accord-coordinator roster publish puts it in force");
  };
  auto facts = [this](const std::string& site) {
    if (const auto session = sessions_.find(site); session != sessions_.end()) return session->second.facts;
    v1::SiteFact bare;
    bare.set_site(site);
    return bare;
  };
  auto who_sums_columns = [this](const LiveJob& job) {
    const auto other = std::find_if(jobs_.begin(), jobs_.end(), [&job](const auto& entry) {
      return entry.second.get() != &job && entry.second->dataset() == job.dataset() && entry.second->SumsColumns();
    });
    return other == jobs_.end() ? std::string() : other->first;
  };
  auto look_for_charter = [this] { LookForCharter(); };
  auto log_head = [this] { return log_.Last(); };
  auto log_stamp = [this](const v1::SignedLogHead& head) { return StampWith(head); };
  auto why_no_round = [this] {
    return options_.stamps == nullptr ? std::string() : options_.stamps->WhyNoRound(clock_.Now());
  };
  auto charter = [this] { return charter_; };
  auto connected = [this] {
    std::vector<std::string> sites;
    for (const auto& [site, session] : sessions_) sites.push_back(site);
    return sites;
  };
  return JobSurroundings{
      store_,           clock_,  *workers_,        loop_,     send,      roster,      log_head, facts,
      who_sums_columns, charter, look_for_charter, connected, log_stamp, why_no_round};
}

std::optional<v1::LogStamp> Engine::StampWith(const v1::SignedLogHead& head) {
  const auto newest = options_.stamps == nullptr ? nullptr : options_.stamps->newest();
  if (newest == nullptr) return std::nullopt;
  return log_.Shown(*newest, head);
}

// ---- jobs ----

absl::Status Engine::TakeUp(JobRecord record, uint32_t first_attempt) {
  const std::string id = record.id;
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<LiveJob> job,
                          LiveJob::Create(std::move(record), first_attempt, Surroundings()));
  SitesKnown known;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SiteRecord> sites, store_.members().ListSites());
  for (const SiteRecord& site : sites) known.sites.push_back(site.id);
  jobs_[id] = job;
  job->ShowPapers();
  job->Handle(known);
  for (const auto& [site, session] : sessions_) {
    TellJob(*job, site, session);
  }
  return absl::OkStatus();
}

absl::Status Engine::TakeUpUnfinished() {
  ACCORD_ASSIGN_OR_RETURN(std::vector<JobRecord> records, store_.jobs().ListUnfinished());
  for (JobRecord& record : records) {
    const std::string id = record.id;
    v1::JobSpec spec;
    if (spec.ParseFromString(record.spec_bytes) && record.step == JobProgram(spec).num_steps()) {
      // The last round was closed, but the coordinator ended before it could say that the job is over.
      const auto report = LoadReport(store_.jobs(), record);
      const std::string why = report.ok() ? WhyFinished(*report) : "all rounds are done";
      const uint32_t kept_round = report.ok() ? report->kept_round() : 0;
      ACCORD_RETURN_IF_ERROR(store_.jobs().EndJob(id, v1::JOB_FINISHED, why, clock_.Now(), kept_round));
      continue;
    }
    if (record.models_by_sha256) {
      ACCORD_RETURN_IF_ERROR(store_.jobs().EndJob(
          id, v1::JOB_FAILED, "the coordinator was upgraded, and names models otherwise now; submit the job again",
          clock_.Now()));
      continue;
    }
    const uint32_t next_attempt = record.next_attempt;
    if (absl::Status taken_up = TakeUp(std::move(record), next_attempt); !taken_up.ok()) {
      spdlog::error("job {} cannot be taken up: {}", id, std::string(taken_up.message()));
    } else {
      spdlog::info("job {} is taken up where it stood", id);
    }
  }
  return absl::OkStatus();
}

LiveJob* Engine::Find(const std::string& job_id) {
  const auto job = jobs_.find(job_id);
  return job == jobs_.end() ? nullptr : job->second.get();
}

std::optional<absl::Duration> Engine::Settle() {
  const absl::Duration now = clock_.Monotonic();
  std::optional<absl::Duration> wakeup = WatchCertificates();
  for (const auto& [id, job] : jobs_) {
    job->LookForHold();
    job->LookForTurn();
  }
  for (auto next = jobs_.begin(); next != jobs_.end();) {
    const auto current = next++;
    const std::shared_ptr<LiveJob> job = current->second;
    if (auto due = job->NextWakeup(); due.has_value() && *due <= now) job->Handle(Tick{});
    Publish(job);
    if (job->over()) {
      over_jobs_.push_back(job);
      if (over_jobs_.size() > kOverJobsKept) over_jobs_.pop_front();
      jobs_.erase(current);
      continue;
    }
    if (auto due = job->NextWakeup(); due.has_value()) wakeup = wakeup.has_value() ? std::min(*wakeup, *due) : *due;
  }
  if (options_.stamps != nullptr && !jobs_.empty()) {
    const absl::Duration due = now + options_.stamps->TimeToClosing(clock_.Now());
    if (due < absl::InfiniteDuration()) wakeup = wakeup.has_value() ? std::min(*wakeup, due) : due;
  }
  // An attempt that time has just ended leaves its turn to another job.
  const bool turn =
      std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job.second->TurnHasChanged(); });
  return turn ? now : wakeup;
}

void Engine::Publish(const std::shared_ptr<LiveJob>& job) {
  if (!job->TakeChanged()) return;
  const auto [first, last] = watchers_.equal_range(job->id());
  if (first == last) return;
  const auto report = std::make_shared<const v1::JobReport>(WithNotes(job->report()));
  for (auto watcher = first; watcher != last;) {
    if (watcher->second.watcher->gone()) {
      watcher = watchers_.erase(watcher);
      continue;
    }
    watcher->second.watcher->Changed(report);
    if (job->over()) {
      watcher->second.watcher->Ended(absl::OkStatus());
      watcher = watchers_.erase(watcher);
    } else {
      ++watcher;
    }
  }
}

void Engine::StartJob(JobRecord record) {
  loop_.Post([this, record = std::move(record)]() mutable {
    const std::string id = record.id;
    spdlog::info("job {} was submitted by {}", id, record.submitted_by);
    TakeRoster(store_.rosters().Latest(KnownRoster()));
    TakeCharter(charters_.Current());
    constexpr uint32_t kFirstAttempt = 1;  // reserved when the job was stored
    if (absl::Status taken_up = TakeUp(std::move(record), kFirstAttempt); !taken_up.ok()) {
      spdlog::error("job {} cannot be started: {}", id, std::string(taken_up.message()));
    }
  });
}

void Engine::AnswerFromStore(const std::string& job_id, Answer<absl::StatusOr<v1::JobReport>> answer) {
  workers_->Schedule([this, job_id, answer = std::move(answer)]() mutable {
    auto load = [&]() -> absl::StatusOr<v1::JobReport> {
      ACCORD_ASSIGN_OR_RETURN(const JobRecord record, store_.jobs().Get(job_id));
      ACCORD_ASSIGN_OR_RETURN(v1::JobReport report, LoadReport(store_.jobs(), record));
      return WithNotes(std::move(report));
    };
    loop_.Post([answer = std::move(answer), report = load()]() mutable { answer(std::move(report)); });
  });
}

void Engine::Report(const std::string& job_id, Answer<absl::StatusOr<v1::JobReport>> answer) {
  loop_.Post([this, job_id, answer = std::move(answer)]() mutable {
    if (const LiveJob* job = Find(job_id)) return answer(WithNotes(job->report()));
    AnswerFromStore(job_id, std::move(answer));
  });
}

void Engine::Watch(const std::string& job_id, std::shared_ptr<JobWatcher> watcher, CertificateTerm term) {
  loop_.Post([this, job_id, watcher = std::move(watcher), term = std::move(term)]() mutable {
    // The key may have been revoked since the call began, and is looked at next when that changes.
    if (absl::Status stands = CheckStands(term); !stands.ok()) return watcher->Ended(std::move(stands));
    if (const LiveJob* job = Find(job_id)) {
      watcher->Changed(std::make_shared<const v1::JobReport>(WithNotes(job->report())));
      first_end_ = std::min(first_end_, term.good_until);
      watchers_.emplace(job_id, Watching{std::move(watcher), std::move(term)});
      return;
    }
    AnswerFromStore(job_id, [watcher](absl::StatusOr<v1::JobReport> report) {
      if (!report.ok()) return watcher->Ended(report.status());
      const bool final = IsFinalState(report->state());
      watcher->Changed(std::make_shared<const v1::JobReport>(*std::move(report)));
      watcher->Ended(final
                         ? absl::OkStatus()
                         : absl::FailedPreconditionError("this job could not be taken up; see the coordinator's log"));
    });
  });
}

void Engine::Cancel(const std::string& job_id, std::string reason, Answer<absl::StatusOr<v1::JobReport>> answer) {
  loop_.Post([this, job_id, reason = std::move(reason), answer = std::move(answer)]() mutable {
    const auto job = jobs_.find(job_id);
    if (job == jobs_.end()) {
      return answer(
          absl::FailedPreconditionError(absl::StrCat("job ", job_id, " does not run; there is nothing to cancel")));
    }
    // While a round is made durable the machine waits for that; the job is over right after.
    job->second->Handle(CancelRequested{std::move(reason)});
    answer(WithNotes(job->second->report()));
  });
}

void Engine::RunningJobs(Answer<std::vector<v1::JobReport>> answer) {
  loop_.Post([this, answer = std::move(answer)]() mutable {
    std::vector<v1::JobReport> heads;
    for (const auto& [id, job] : jobs_) {
      v1::JobReport& head = heads.emplace_back();
      head.set_job_id(id);
      head.set_state(job->report().state());
      head.set_reason(job->report().reason());
      head.set_waiting_for(job->report().waiting_for());
      head.set_rounds_done(job->report().rounds_done());
      head.set_model_digest(job->report().model_digest());
    }
    answer(std::move(heads));
  });
}

// ---- transfers ----

void Engine::OpenUpload(const std::string& site, v1::UploadOpen open, Answer<absl::StatusOr<UploadTicket>> answer) {
  loop_.Post([this, site, open = std::move(open), answer = std::move(answer)]() mutable {
    if (absl::Status may = CheckNotShutOut(site); !may.ok()) return answer(may);
    LiveJob* job = Find(open.plan().job_id());
    if (job != nullptr) return answer(job->OpenUpload(site, open));
    TellIfOver(site, open.plan(), [] {});
    answer(absl::FailedPreconditionError("this job is over, not known or not taken up"));
  });
}

void Engine::UploadMoved(const std::string& site, v1::PlanId plan) {
  loop_.Post([this, site, plan = std::move(plan)] {
    if (LiveJob* job = Find(plan.job_id())) job->Handle(SiteMoved{site, plan});
  });
}

void Engine::AcceptUpload(const std::string& site, v1::PlanId plan, Answer<absl::Status> answer) {
  loop_.Post([this, site, plan = std::move(plan), answer = std::move(answer)]() mutable {
    if (absl::Status may = CheckNotShutOut(site); !may.ok()) return answer(may);
    LiveJob* job = Find(plan.job_id());
    answer(job != nullptr ? job->AcceptUpload(site, plan) : absl::FailedPreconditionError("this job is over"));
  });
}

void Engine::CloseUpload(const std::string& site, v1::PlanId plan, v1::UploadClose close, Answer<absl::Status> answer) {
  loop_.Post([this, site, plan = std::move(plan), close = std::move(close), answer = std::move(answer)]() mutable {
    if (absl::Status may = CheckNotShutOut(site); !may.ok()) return answer(may);
    LiveJob* job = Find(plan.job_id());
    answer(job != nullptr ? job->CloseUpload(site, plan, close) : absl::FailedPreconditionError("this job is over"));
  });
}

void Engine::OpenObject(const std::string& site, std::string name,
                        Answer<absl::StatusOr<std::shared_ptr<const ObjectReader>>> answer) {
  loop_.Post([this, site, name = std::move(name), answer = std::move(answer)]() mutable {
    if (absl::Status may = CheckNotShutOut(site); !may.ok()) return answer(may);
    for (const auto& [id, job] : jobs_) {
      if (auto object = job->FindObject(site, name)) return answer(std::move(object));
    }
    answer(absl::PermissionDeniedError("this is no object of a plan that this site was sent, or its round is over"));
  });
}

}  // namespace accord
