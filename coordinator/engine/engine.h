// The coordinator's engine: connected sites, running jobs, and the one thread on which they meet.
//
// Everything public may be called from any thread and returns at once; answers come through callbacks on the engine's
// thread, which must not block there.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "coordinator/engine/certificate_term.h"
#include "coordinator/engine/event_loop.h"
#include "coordinator/engine/live_job.h"
#include "coordinator/engine/shown_log.h"
#include "coordinator/engine/site_link.h"
#include "coordinator/engine/witness_desk.h"
#include "coordinator/engine/worker_pool.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/stamps/stamp_board.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/operations.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "proto/transfer/wiped_message.h"

namespace accord {

// Follows a job. Called on the engine's thread; never blocks.
class JobWatcher {
 public:
  virtual ~JobWatcher() = default;
  virtual void Changed(std::shared_ptr<const v1::JobReport> report) = 0;
  // Nothing more will come. OK: the last report was final.
  virtual void Ended(absl::Status status) = 0;
  // True when nobody listens any more.
  virtual bool gone() const = 0;
};

class Engine {
 public:
  struct Options {
    uint32_t max_sites = 1000;  // connected at once
    int num_workers = 2;
    const StampBoard* stamps = nullptr;  // outlives the engine; null: the log is not stamped, and no round waits for it
  };
  // Takes up the unfinished jobs of `store`. `store` and `clock` must outlive the engine. Errors of the store; a single
  // job that cannot be taken up is logged and left alone.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(Store& store, Clock& clock, const Options& options);
  // Stops, and waits for the workers.
  ~Engine();
  // Ends the engine's thread. Nothing is called back afterwards; events are dropped.
  void Stop();

  template <typename T>
  using Answer = absl::AnyInvocable<void(T)>;

  // ---- sites ----
  // A session has said hello; `site` is the authenticated name. Replaces an earlier session of the site. The engine
  // greets it, or closes it when there are too many. It is closed at the end of `term`, or once another key or none
  // stands for the site: the site comes back with its new certificate and goes on where it was.
  void Connect(const std::string& site, v1::Hello hello, std::shared_ptr<SiteLink> link, CertificateTerm term = {});
  // A further message of the session; `done` when the next one may be read.
  void Receive(const std::string& site, const SiteLink* link, WipedMessage message, Answer<absl::Status> done);
  void Disconnect(const std::string& site, const SiteLink* link, std::string reason);

  void OpenUpload(const std::string& site, v1::UploadOpen open, Answer<absl::StatusOr<UploadTicket>> answer);
  void UploadMoved(const std::string& site, v1::PlanId plan);
  void AcceptUpload(const std::string& site, v1::PlanId plan, Answer<absl::Status> answer);
  // All bytes of a masked upload are here; `close` says whose they are.
  void CloseUpload(const std::string& site, v1::PlanId plan, v1::UploadClose close, Answer<absl::Status> answer);
  // PERMISSION_DENIED: not an object of a job that this site takes part in.
  void OpenObject(const std::string& site, std::string name,
                  Answer<absl::StatusOr<std::shared_ptr<const ObjectReader>>> answer);

  // ---- people ----
  // Takes up a job that is in the store.
  void StartJob(JobRecord record);
  // `job_id` in full. NOT_FOUND.
  void Report(const std::string& job_id, Answer<absl::StatusOr<v1::JobReport>> answer);
  // The watcher is ended as a session is: at the end of `term`, or once another key or none stands for the member.
  void Watch(const std::string& job_id, std::shared_ptr<JobWatcher> watcher, CertificateTerm term = {});
  // FAILED_PRECONDITION: over already.
  void Cancel(const std::string& job_id, std::string reason, Answer<absl::StatusOr<v1::JobReport>> answer);
  // An approval of the job's order, or a refusal, that `brought_by` ("person/ID") handed in. FAILED_PRECONDITION: the
  // job is over, or runs without an order; INVALID_ARGUMENT: it never will count, and why.
  void AddApproval(const std::string& job_id, std::string file, std::string brought_by,
                   Answer<absl::StatusOr<v1::AddApprovalReply>> answer);
  // An ombudsman's stop of the job, which `brought_by` handed in. Errors as those of AddApproval.
  void StopJob(const std::string& job_id, std::string file, std::string brought_by,
               Answer<absl::StatusOr<v1::JobReport>> answer);
  // By which orders are judged. From any thread.
  CharterInForce& charters() { return charters_; }
  // Head lines of the jobs that run, newest first.
  void RunningJobs(Answer<std::vector<v1::JobReport>> answer);
  // The sites that are connected.
  void ConnectedSites(Answer<std::vector<v1::SiteStatus>> answer);

  // Wakes the engine's thread, so that it looks at the clock and at the stamps.
  void Poke();

 private:
  struct Session {
    std::shared_ptr<SiteLink> link;
    v1::SiteFact facts;
    v1::Readiness readiness;
    std::string instance;
    uint64_t log_size = 0;  // of the log's head that the site keeps once it has taken what it was sent
    CertificateTerm term = {};
  };

  struct Watching {
    std::shared_ptr<JobWatcher> watcher;
    CertificateTerm term;
  };

  Engine(Store& store, Clock& clock, const Options& options);
  JobSurroundings Surroundings();
  absl::Status TakeUp(JobRecord record, uint32_t first_attempt);
  absl::Status TakeUpUnfinished();

  // The newest time stamp as it goes with a message that names `head`.
  std::optional<v1::LogStamp> StampWith(const v1::SignedLogHead& head);

  // On the engine's thread.
  std::optional<absl::Duration> Settle();
  void OnConnect(const std::string& site, v1::Hello hello, std::shared_ptr<SiteLink> link, CertificateTerm term);
  absl::Status OnMessage(const std::string& site, Session& session, const v1::SiteMessage& message);
  void OnReadiness(const std::string& site, Session& session, v1::Readiness readiness);
  void OnDisconnect(const std::string& site, const std::string& reason);
  // UNAUTHENTICATED: it has ended; PERMISSION_DENIED: its key does not stand for the member, as far as is known.
  absl::Status CheckStands(const CertificateTerm& term) const;
  // Ends the sessions and watchers whose certificates are good no more. When to look again (Clock::Monotonic).
  absl::Duration WatchCertificates();
  void EndSessions();
  void EndWatchers();
  // Reads on another thread which keys stand for whom.
  void LookForKeys();
  bool IsReadyFor(const Session& session, const LiveJob& job) const;
  // Also of one that takes no plans: what it says that it waits for goes into what the job says that it waits for.
  void TellJob(LiveJob& job, const std::string& site, const Session& session) const;
  void TellAllJobs(const std::string& site, const Session& session, const std::string& why_gone);
  // Of a job that does not run here: looks in the store, on another thread, and tells the site if it is over. `then`:
  // on the engine's thread, when that is done.
  void TellIfOver(const std::string& site, const v1::PlanId& plan, absl::AnyInvocable<void()> then);
  void RememberSite(const v1::SiteFact& facts);
  // Looks in the store, on another thread, for a roster or a charter that was published meanwhile: by another process,
  // the command that publishes. It costs a few reads, and is done whenever one could be in want of it: at the begin of
  // a session, of a job and of each attempt under a charter, at a refusal, and when papers are judged because of the
  // time.
  void LookForCharter();
  int64_t KnownRoster() const { return roster_ == nullptr ? 0 : roster_->ordinal; }
  // The roster revoked the site: it has no part in anything here. OK: it did not.
  absl::Status CheckNotShutOut(const std::string& site) const;
  void CloseShutOut();
  // Looks in the store, on another thread, and answers. `then` as in TellIfOver.
  void AnswerRosterRequest(const std::string& site, const v1::RosterRequest& request, absl::AnyInvocable<void()> then);
  // What RosterStore::Latest said; a newer one is sent to every connected site.
  void TakeRoster(absl::StatusOr<std::shared_ptr<const PublishedRoster>> latest);
  // Another one is what jobs are judged by from now on.
  void TakeCharter(absl::StatusOr<std::shared_ptr<const CharterState>> current);
  absl::Status OnSiteApproval(const std::string& site, const v1::SiteApproval& approval);
  void Publish(const std::shared_ptr<LiveJob>& job);
  void AnswerFromStore(const std::string& job_id, Answer<absl::StatusOr<v1::JobReport>> answer);
  LiveJob* Find(const std::string& job_id);

  Store& store_;
  Clock& clock_;
  const Options options_;
  // Only touched on the engine's thread (and before it starts).
  std::map<std::string, Session> sessions_;
  std::map<std::string, std::shared_ptr<LiveJob>> jobs_;
  std::deque<std::shared_ptr<LiveJob>> over_jobs_;  // the latest: sites that were away still learn that they are over
  std::multimap<std::string, Watching> watchers_;   // by job
  std::shared_ptr<const PublishedRoster> roster_;  // in force; null: none
  CharterInForce charters_;
  std::shared_ptr<const CharterState> charter_ = std::make_shared<const CharterState>();
  absl::Time first_end_ = absl::InfiniteFuture();  // of all sessions' and watchers' certificates, at the latest
  int64_t keys_known_ = -1;                        // MemberKeys::last_change when all of them were held against it
  absl::Duration keys_seen_ = -absl::InfiniteDuration();  // Clock::Monotonic of the last look into the database
  bool looking_ = false;                                  // for a roster or a charter
  bool look_again_ = false;  // once that is done
  ShownLog log_;
  WitnessDesk witnesses_;
  EventLoop loop_;
  // Their tasks post to the loop, so they end before it goes.
  std::unique_ptr<WorkerPool> workers_;
  Strand members_strand_;
};

}  // namespace accord
