// The engine's side of the sites' sessions.
#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "base/status.h"
#include "coordinator/engine/engine.h"
#include "coordinator/engine/job_over.h"
#include "coordinator/engine/job_report.h"
#include "proto/protocol_version.h"
#include "spdlog/spdlog.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr int kMaxDatasets = 1024;
constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxFactBytes = 200;
constexpr size_t kMaxWaitingBytes = 4096;

// What a site says about itself, as far as it is believed: the name is the certificate's.
v1::SiteFact CleanFacts(const std::string& site, const v1::SiteFact& said) {
  v1::SiteFact facts;
  facts.set_site(site);
  facts.set_software_version(PlainWords(said.software_version(), kMaxFactBytes));
  facts.set_sandboxed(said.sandboxed());
  facts.set_cpu(PlainWords(said.cpu(), kMaxFactBytes));
  facts.set_blas(PlainWords(said.blas(), kMaxFactBytes));
  facts.set_gpu(PlainWords(said.gpu(), kMaxFactBytes));
  return facts;
}

// What the site says that it is bound to, if it can be so. Its word only: it takes more than one site's to hold a job.
std::optional<Bound> BoundOf(const std::string& site, const v1::Refusal& refusal, const Roster& roster) {
  const auto& sites = refusal.bound().sites();
  if (!refusal.has_bound() || sites.size() < 2 || static_cast<size_t>(sites.size()) > roster.sites().size()) {
    return std::nullopt;
  }
  Bound bound{{sites.begin(), sites.end()}, refusal.bound().encoding_sites()};
  const bool sorted = std::adjacent_find(sites.begin(), sites.end(), std::greater_equal<>()) == sites.end();
  const bool known = std::all_of(sites.begin(), sites.end(),
                                 [&roster](const std::string& name) { return roster.Find(name) != nullptr; });
  const bool encodable = bound.encoding_sites >= bound.sites.size() && bound.encoding_sites <= roster.sites().size();
  if (!sorted || !known || !encodable || !std::binary_search(sites.begin(), sites.end(), site)) return std::nullopt;
  return bound;
}

// Of a message whose sender is told where its job is over.
std::optional<v1::PlanId> PlanThatMayBeOver(const v1::SiteMessage& message) {
  if (message.has_progress()) return message.progress().plan();
  if (!message.has_site_approval()) return std::nullopt;
  v1::PlanId plan;
  plan.set_job_id(message.site_approval().job_id());
  return plan;
}

const v1::PlanId& PlanOf(const v1::SiteMessage& message) {
  switch (message.kind_case()) {
    case v1::SiteMessage::kKeyAnswer:
      return message.key_answer().plan();
    case v1::SiteMessage::kNonceAnswer:
      return message.nonce_answer().plan();
    case v1::SiteMessage::kSurvivorAnswer:
      return message.survivor_answer().plan();
    case v1::SiteMessage::kRevealAnswer:
      return message.reveal_answer().plan();
    default:
      return message.void_answer().plan();
  }
}

absl::Status CheckReadiness(const v1::Readiness& readiness) {
  if (readiness.datasets_size() > kMaxDatasets) {
    return absl::InvalidArgumentError(absl::StrCat("readiness names ", readiness.datasets_size(),
                                                   " data sets, at most ", kMaxDatasets, " are taken"));
  }
  for (const std::string& name : readiness.datasets()) {
    if (name.empty() || name.size() > kMaxNameBytes) {
      return absl::InvalidArgumentError("readiness has a data set whose name is empty or too long");
    }
  }
  if (readiness.waiting_for().size() > kMaxWaitingBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("readiness says in more than ", kMaxWaitingBytes, " bytes what the site waits for"));
  }
  return absl::OkStatus();
}

}  // namespace

void Engine::Connect(const std::string& site, v1::Hello hello, std::shared_ptr<SiteLink> link, CertificateTerm term) {
  loop_.Post([this, site, hello = std::move(hello), link = std::move(link), term = std::move(term)]() mutable {
    OnConnect(site, std::move(hello), std::move(link), std::move(term));
  });
}

void Engine::OnConnect(const std::string& site, v1::Hello hello, std::shared_ptr<SiteLink> link, CertificateTerm term) {
  // A stream may have waited long with its hello, and must not push out who enrolled meanwhile.
  if (absl::Status stands = CheckStands(term); !stands.ok()) return link->Close(std::move(stands));
  if (hello.protocol_version() != kProtocolVersion) {
    return link->Close(absl::FailedPreconditionError(
        absl::StrCat("this coordinator speaks protocol version ", kProtocolVersion, ", the site version ",
                     hello.protocol_version(), "; install the same version of Accord on both")));
  }
  if (absl::Status checked = CheckReadiness(hello.readiness()); !checked.ok()) return link->Close(checked);
  if (hello.instance().size() > kMaxNameBytes) {
    return link->Close(absl::InvalidArgumentError("the instance in a hello has more than 64 bytes"));
  }
  if (absl::Status open = CheckNotShutOut(site); !open.ok()) return link->Close(open);
  const auto old = sessions_.find(site);
  if (old != sessions_.end()) {
    old->second.link->Close(absl::AbortedError("a newer session of this site has replaced this one"));
    OnDisconnect(site, "it connected anew");
  } else if (sessions_.size() >= options_.max_sites) {
    return link->Close(absl::ResourceExhaustedError(absl::StrCat("this coordinator takes ", options_.max_sites,
                                                                 " sites at once (max_sites in its configuration)")));
  }
  auto welcome = std::make_shared<v1::CoordinatorMessage>();
  welcome->mutable_welcome()->set_protocol_version(kProtocolVersion);
  welcome->mutable_welcome()->set_site(site);
  if (roster_ != nullptr) welcome->mutable_welcome()->set_signed_roster(roster_->signed_text);
  const uint64_t log_size = log_.Greet(hello.log_size(), *welcome->mutable_welcome());
  if (auto stamp = StampWith(welcome->welcome().log_head()); stamp.has_value()) {
    *welcome->mutable_welcome()->mutable_log_stamp() = *std::move(stamp);
  }
  link->Send(std::move(welcome));
  Session& session = sessions_[site];
  session = Session{std::move(link),
                    CleanFacts(site, hello.facts()),
                    std::move(*hello.mutable_readiness()),
                    hello.instance(),
                    log_size,
                    std::move(term)};
  first_end_ = std::min(first_end_, session.term.good_until);
  spdlog::info("site {} is connected", site);
  witnesses_.Connected(site);
  RememberSite(session.facts);
  LookForCharter();
  for (const auto& [id, job] : jobs_) job->Greet(site);
  TellAllJobs(site, session, "");
  for (const std::shared_ptr<LiveJob>& job : over_jobs_) {
    job->Greet(site);
    job->Handle(SiteReady{site, session.instance});
  }
}

// Not on the engine's thread: it costs an fsync, and nobody waits for it.
void Engine::RememberSite(const v1::SiteFact& facts) {
  members_strand_.Run([this, facts, now = clock_.Now()] {
    if (absl::Status stored = store_.members().RecordSiteSeen(facts.site(), facts, now); !stored.ok()) {
      spdlog::error("site {}: {}", facts.site(), std::string(stored.message()));
    }
  });
}

void Engine::TakeRoster(absl::StatusOr<std::shared_ptr<const PublishedRoster>> latest) {
  if (!latest.ok()) return spdlog::error("{}", std::string(latest.status().message()));
  if (*latest == nullptr || (*latest)->ordinal <= KnownRoster()) return;
  roster_ = *std::move(latest);
  spdlog::info("roster {} is in force: {}, {}", HexDigest(roster_->roster->hash()), roster_->roster->federation(),
               RosterSize(*roster_->roster));
  auto message = std::make_shared<v1::CoordinatorMessage>();
  message->mutable_roster_published()->set_signed_roster(roster_->signed_text);
  for (const auto& [site, session] : sessions_) session.link->Send(message);
  for (const auto& [id, job] : jobs_) job->Handle(RosterChanged{});
  CloseShutOut();
}

absl::Status Engine::CheckNotShutOut(const std::string& site) const {
  const RevokedKey* revoked = roster_ == nullptr ? nullptr : roster_->roster->ShutOut(site);
  if (revoked == nullptr) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("the roster in force revoked site ", site, ": ", revoked->reason,
                                                  "; it comes back when a later roster lists it with another key"));
}

// They were sent the roster, so that they know why.
void Engine::CloseShutOut() {
  std::vector<std::string> shut_out;
  for (const auto& [site, session] : sessions_) {
    if (!CheckNotShutOut(site).ok()) shut_out.push_back(site);
  }
  for (const std::string& site : shut_out) {
    spdlog::warn("site {} was revoked by the roster: its session is closed", site);
    sessions_.at(site).link->Close(CheckNotShutOut(site));
    OnDisconnect(site, "the roster revoked it");
  }
}

void Engine::AnswerRosterRequest(const std::string& site, const v1::RosterRequest& request,
                                 absl::AnyInvocable<void()> then) {
  members_strand_.Run([this, site, request, then = std::move(then)]() mutable {
    auto message = std::make_shared<v1::CoordinatorMessage>();
    v1::RosterChain& chain = *message->mutable_roster_chain();
    chain.set_pinned_hash(request.pinned_hash());
    Sha256Digest hash;
    std::copy(request.pinned_hash().begin(), request.pinned_hash().end(), hash.begin());
    auto after = store_.rosters().After(hash, kMaxPublishedRosterBytes);
    if (!after.ok()) spdlog::error("site {} asks for rosters: {}", site, std::string(after.status().message()));
    if (after.ok()) chain.mutable_signed_rosters()->Add(after->begin(), after->end());
    loop_.Post([this, site, answered = after.ok(), message = std::move(message), then = std::move(then)]() mutable {
      const auto session = sessions_.find(site);
      if (answered && session != sessions_.end()) session->second.link->Send(std::move(message));
      then();
    });
  });
}

bool Engine::IsReadyFor(const Session& session, const LiveJob& job) const {
  if (session.readiness.paused() || !session.readiness.waiting_for().empty()) return false;
  const auto& datasets = session.readiness.datasets();
  return job.dataset().empty() || std::find(datasets.begin(), datasets.end(), job.dataset()) != datasets.end();
}

void Engine::TellJob(LiveJob& job, const std::string& site, const Session& session) const {
  if (IsReadyFor(session, job)) return job.Handle(SiteReady{site, session.instance});
  const std::string& waiting_for = session.readiness.waiting_for();
  if (!waiting_for.empty()) job.Handle(SiteGone{site, PlainWords(waiting_for), /*withdrawn=*/true, /*says_why=*/true});
}

void Engine::TellAllJobs(const std::string& site, const Session& session, const std::string& why_gone) {
  for (const auto& [id, job] : jobs_) {
    if (IsReadyFor(session, *job) || !session.readiness.waiting_for().empty()) {
      TellJob(*job, site, session);
    } else if (!why_gone.empty()) {
      job->Handle(SiteGone{site, why_gone, /*withdrawn=*/true});
    }
  }
}

void Engine::Receive(const std::string& site, const SiteLink* link, WipedMessage message, Answer<absl::Status> done) {
  loop_.Post([this, site, link, message = std::move(message), done = std::move(done)]() mutable {
    const auto session = sessions_.find(site);
    if (session == sessions_.end() || session->second.link.get() != link) {
      return done(absl::AbortedError("this session was replaced"));
    }
    const std::optional<v1::PlanId> about = PlanThatMayBeOver(message.get());
    if (about.has_value() && Find(about->job_id()) == nullptr) {
      // The next message is read when this one is answered, so that a site cannot pile up questions.
      return TellIfOver(site, *about, [done = std::move(done)]() mutable { done(absl::OkStatus()); });
    }
    if (message.get().has_roster_request()) {
      const v1::RosterRequest& request = message.get().roster_request();
      if (request.pinned_hash().size() != std::tuple_size_v<Sha256Digest>) {
        return done(absl::InvalidArgumentError("the hash in a request for rosters does not have 32 bytes"));
      }
      return AnswerRosterRequest(site, request, [done = std::move(done)]() mutable { done(absl::OkStatus()); });
    }
    done(OnMessage(site, session->second, message.get()));
  });
}

absl::Status Engine::OnMessage(const std::string& site, Session& session, const v1::SiteMessage& message) {
  switch (message.kind_case()) {
    case v1::SiteMessage::kReadiness:
      ACCORD_RETURN_IF_ERROR(CheckReadiness(message.readiness()));
      OnReadiness(site, session, message.readiness());
      return absl::OkStatus();
    case v1::SiteMessage::kProgress:
      if (LiveJob* job = Find(message.progress().plan().job_id())) {
        job->Handle(SiteMoved{site, message.progress().plan()});
      }
      return absl::OkStatus();
    case v1::SiteMessage::kRefusal: {
      const v1::Refusal& refusal = message.refusal();
      const std::string reason = PlainWords(refusal.reason());
      spdlog::warn("site {} refuses a plan of job {}: {}", site, PlainWords(refusal.plan().job_id(), kMaxNameBytes),
                   reason);
      LookForCharter();
      if (refusal.log_size() != 0) session.log_size = refusal.log_size();
      if (LiveJob* job = Find(refusal.plan().job_id())) {
        SiteRefused refused{site, refusal.plan(), reason, refusal.permanent()};
        refused.waits = refusal.waits();
        if (const RosterSite* entry = roster_ == nullptr ? nullptr : roster_->roster->Find(site)) {
          refused.bound = BoundOf(site, refusal, *roster_->roster);
          refused.organisation = entry->organisation;
        }
        const bool of_key = refusal.log_size() != 0 && job->AwaitsKey(site, refusal.plan());
        job->Handle(refused);
        // Nothing but a greeting shows the log ahead of a key: this one's was for less than the site keeps by now.
        if (of_key && !refusal.permanent() && log_.Reaches(refusal.log_size())) {
          session.link->Close(absl::AbortedError("to be greeted anew: this site keeps a later head of the log"));
        }
      }
      return absl::OkStatus();
    }
    case v1::SiteMessage::kKeyAnswer:
    case v1::SiteMessage::kNonceAnswer:
    case v1::SiteMessage::kSurvivorAnswer:
    case v1::SiteMessage::kRevealAnswer:
    case v1::SiteMessage::kVoidAnswer:
      if (LiveJob* job = Find(PlanOf(message).job_id())) job->TakeSecure(site, message);
      return absl::OkStatus();
    case v1::SiteMessage::kSiteApproval:
      return OnSiteApproval(site, message.site_approval());
    case v1::SiteMessage::kWitnessRequest:
      return witnesses_.Ask(site, message.witness_request());
    case v1::SiteMessage::kWitnessAnswer:
      witnesses_.Answer(site, message.witness_answer());
      return absl::OkStatus();
    case v1::SiteMessage::kHello:
      return absl::InvalidArgumentError("a session says hello once only");
    case v1::SiteMessage::kRosterRequest:  // was answered before
    case v1::SiteMessage::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a message without content, or of a newer version of Accord");
}

void Engine::OnReadiness(const std::string& site, Session& session, v1::Readiness readiness) {
  session.readiness = std::move(readiness);
  const std::string& waiting_for = session.readiness.waiting_for();
  spdlog::info("site {} {}", site,
               session.readiness.paused() ? "is paused"
               : waiting_for.empty()      ? "takes plans"
                                          : absl::StrCat("takes no plans: ", PlainWords(waiting_for)));
  // What it did not answer while it was paused, or had no roster.
  if (!session.readiness.paused()) witnesses_.Connected(site);
  TellAllJobs(site, session, session.readiness.paused() ? "the site is paused" : "the site has withdrawn the data set");
}

void Engine::TellIfOver(const std::string& site, const v1::PlanId& plan, absl::AnyInvocable<void()> then) {
  members_strand_.Run([this, site, plan, then = std::move(then)]() mutable {
    loop_.Post(
        [this, site, plan, then = std::move(then), end = WordOfJobsEnd(store_.jobs(), site, plan.job_id())]() mutable {
          if (!end.ok())
            spdlog::error("site {} asks whether a job is over: {}", site, std::string(end.status().message()));
          const auto session = sessions_.find(site);
          // Taken up meanwhile: it speaks for itself.
          if (end.ok() && end->has_value() && session != sessions_.end() && Find(plan.job_id()) == nullptr) {
            auto message = std::make_shared<v1::CoordinatorMessage>();
            *message->mutable_plan_end() = **end;
            *message->mutable_plan_end()->mutable_plan() = plan;
            session->second.link->Send(std::move(message));
          }
          then();
        });
  });
}

void Engine::Disconnect(const std::string& site, const SiteLink* link, std::string reason) {
  loop_.Post([this, site, link, reason = std::move(reason)] {
    const auto session = sessions_.find(site);
    if (session == sessions_.end() || session->second.link.get() != link) return;  // replaced meanwhile
    spdlog::info("site {} is gone: {}", site, reason);
    RememberSite(session->second.facts);
    OnDisconnect(site, reason);
  });
}

void Engine::OnDisconnect(const std::string& site, const std::string& reason) {
  const auto session = sessions_.find(site);
  const bool waited = session != sessions_.end() && !session->second.readiness.waiting_for().empty();
  if (session != sessions_.end()) sessions_.erase(session);
  witnesses_.Gone(site);
  for (const auto& [id, job] : jobs_) {
    job->Handle(SiteGone{site, reason, /*withdrawn=*/false, /*says_why=*/waited});
  }
}

void Engine::ConnectedSites(Answer<std::vector<v1::SiteStatus>> answer) {
  loop_.Post([this, answer = std::move(answer)]() mutable {
    std::vector<v1::SiteStatus> sites;
    for (const auto& [site, session] : sessions_) {
      v1::SiteStatus& status = sites.emplace_back();
      status.set_site(site);
      status.set_connected(true);
      status.set_paused(session.readiness.paused());
      status.set_waiting_for(PlainWords(session.readiness.waiting_for()));
      *status.mutable_datasets() = session.readiness.datasets();
      status.set_last_seen_unix_ms(absl::ToUnixMillis(clock_.Now()));
      *status.mutable_facts() = session.facts;
    }
    answer(std::move(sites));
  });
}

}  // namespace accord
