// The daemon at work: one session with the coordinator, the jobs it brings, and the operator's pause.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/own_past.h"
#include "client/daemon/federation/pinned_roster.h"
#include "client/daemon/federation/stamp_floor.h"
#include "client/daemon/governance/job_gate.h"
#include "client/daemon/governance/paper_fetch.h"
#include "client/daemon/session/session.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/work/job_work.h"
#include "client/daemon/work/serial_queue.h"
#include "client/daemon/work/turns.h"
#include "proto/accord/v1/control.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Thread-safe. All decisions are made on one thread of its own; the public calls wait for it.
class SiteEngine : private SessionListener {
 public:
  struct Options {
    v1::SiteConfig config;
    v1::SiteFact facts;
    std::function<std::string()> certificate_expires;  // when, for people; may be empty
    std::string pause_file;                            // there while the site is paused, so that a restart stays paused
    PinnedRoster* roster = nullptr;  // outlives the engine; null: this site takes part in no secure job
    KeptLog* log = nullptr;          // of the federation; outlives the engine. Null: this site looks at none (tests)
    OwnPast* past = nullptr;         // outlives the engine; null: this site asks nobody what was seen of it (tests)
    StampFloor* stamps = nullptr;    // outlives the engine; null: this site asks for no time stamps on the log
    Session::Options session;
    SecureSite secure;
    SecretBytes vector_key;
    EgressLedger* ledger = nullptr;  // of what leaves; outlives the engine. Null: nobody keeps one (tests)
    JobGate* gate = nullptr;         // what permits jobs; outlives the engine. Null: all are (tests)
    // As a job's work has it (job_work.h). Empty: nobody looks at data sets (tests).
    std::function<absl::StatusOr<FoundVersion>(const std::string& data_set, absl::Duration since)> version_since = {};
    KeptStore* kept = nullptr;  // what jobs keep between rounds; outlives the engine. Null: nothing (tests)
    Turns* turns = nullptr;     // of the sites in this process; outlives the engine. Null: it is the only one
    // Gets each line for the operator, one at a time. Empty: the log does.
    std::function<void(const std::string&)> tell = {};
    Clock* clock = &Clock::System();  // outlives the engine
    // A question that no witness got an answer through to is put again after about this long, while this site waits.
    absl::Duration ask_witnesses_every = absl::Minutes(1);
  };
  // `host` must outlive the engine.
  SiteEngine(Options options, TrainerHost& host);
  // Ends everything and waits for it.
  ~SiteEngine() override;

  // Connects, and goes on for ever.
  void Start();
  // Stops computing and sending, drops held vectors and the connection with whatever it still had to send, and makes
  // the pause durable. When this returns nothing leaves until Resume, but the word that this site is paused.
  absl::Status Pause();
  absl::Status Resume();
  v1::DaemonStatus Status();
  // People of this site have decided about an order: the coordinator is told.
  void OrdersChanged();

 private:
  void OnConnected(const std::shared_ptr<grpc::Channel>& channel, const v1::Welcome& welcome) override;
  void OnMessage(const v1::CoordinatorMessage& message) override;
  void OnDisconnected(const std::string& reason, absl::Duration retry_in) override;

  // On the decision thread:
  void TakeRoster(const std::string& signed_roster);
  void TakeChain(const v1::RosterChain& chain);
  void TellOfRoster();
  // False: the roster lets no round of these sites begin, and the coordinator was told.
  bool RosterAllows(const v1::PlanId& plan, const std::string& job_sha256, const std::vector<std::string>& cohort);
  // What others have seen of this site (own_past.h). Asks them when a session begins, and again where a roster was
  // pinned meanwhile.
  void AskWitnesses();
  // Every now and then: again, while it may not take part before others have answered. A witness may have been paused,
  // or may have pinned its roster only since.
  void AskWitnessesAgain();
  void TakeWitness(const v1::CoordinatorMessage& message);
  // False: this site may not know its own past, and the coordinator was told.
  bool PastAllows(const v1::PlanId& plan, const std::string& job_sha256);
  void TellReadiness();
  void TakeLog(const v1::Welcome& welcome);
  // False: nothing may be done with the plan, and the coordinator was told.
  bool MayTake(const v1::Plan& plan);
  void RefuseForLog(const v1::PlanId& plan, const std::string& job_sha256, const absl::Status& why);
  // Told to the coordinator, and kept in a file that others can check later.
  void Refuse(v1::Refusal refusal, const std::string& job_sha256);
  // Where it refused anything for now, and something has changed here since.
  void SayThatItMayBeAsked();
  void TakePapers(const v1::JobPapers& papers);
  void DropStopped();
  // Fetches the job that the papers only name, and tells the coordinator what this site decided about it.
  void Answer(const std::string& job_id);
  // False: nothing may be done for it, and the coordinator was told.
  bool IsPermitted(const v1::PlanId& plan, const absl::StatusOr<JobPermit>& permit);
  void TakePlan(const v1::Plan& plan);
  void TakePlanEnd(const v1::PlanEnd& end);
  void TakeSecure(const v1::CoordinatorMessage& message);
  JobWork* FindOrBegin(const std::string& job_id);
  void ForgetLongResting();
  void AskWhetherOver(const std::string& job_id);
  // May the coordinator's word end what this site keeps?
  absl::Status MayEndJobs() const;
  // Once in a session, as soon as its word that a job is over would be taken.
  void AskAboutEnds();
  void EraseJob(const std::string& job_id);
  void ForEachJob(const ParticipantEvent& event);
  void EnterPause();
  void LeavePause();
  v1::Hello MakeHello() const;
  v1::Readiness MakeReadiness() const;
  void TellOperator(const std::string& line);
  v1::DaemonStatus Describe() const;

  struct Job {
    uint64_t serial;
    absl::Duration latest_plan;  // when it came, or the coordinator was asked about the job
    std::unique_ptr<JobWork> work;
  };

  const Options options_;
  TrainerHost& host_;
  const int64_t started_unix_ms_;
  std::string instance_;  // of this daemon's keys, as the coordinator knows it
  bool paused_ = false;
  bool stopping_ = false;
  std::shared_ptr<grpc::Channel> channel_;  // null while there is no connection; shared with the session's stream
  std::string waiting_for_;
  std::deque<std::string> latest_events_;
  uint64_t next_serial_ = 0;
  std::map<std::string, Job> jobs_;
  // A job that is over stays so: begun again, it would have forgotten what this site refused in it.
  std::deque<std::string> ended_jobs_;
  bool asked_about_ends_ = false;  // in this session, and since an end was not believed
  bool asked_witnesses_ = false;   // in this session
  std::string told_waiting_for_;   // in the last readiness
  bool waited_ = false;            // it refused something for now, and has not said since that it may be asked again
  std::unique_ptr<PaperFetch> fetch_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<SerialQueue> queue_;
};

}  // namespace accord
