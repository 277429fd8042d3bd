#include "coordinator/server/operations_service.h"

#include <map>
#include <utility>

#include "base/status.h"
#include "coordinator/engine/job_report.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/chosen_model.h"
#include "coordinator/server/model_stream.h"
#include "coordinator/server/submit_stream.h"
#include "coordinator/server/text_stream.h"
#include "coordinator/server/watch_stream.h"

namespace accord {
namespace {

constexpr int kMaxListedJobs = 1000;

grpc::ServerUnaryReactor* FinishNow(grpc::ServerUnaryReactor* reactor, const absl::Status& status) {
  reactor->Finish(ToGrpc(status));
  return reactor;
}

// An answer of the engine that becomes the response of a unary call.
auto AnswerInto(grpc::ServerUnaryReactor* reactor, v1::JobReport* response) {
  return [reactor, response](absl::StatusOr<v1::JobReport> report) {
    if (report.ok()) *response = *std::move(report);
    reactor->Finish(ToGrpc(report.status()));
  };
}

}  // namespace

v1::JobReport OperationsServiceImpl::OutcomeOf(const v1::JobReport& report) {
  v1::JobReport outcome;
  outcome.set_job_id(report.job_id());
  outcome.set_state(report.state());
  outcome.set_reason(report.reason());
  return outcome;
}

absl::StatusOr<std::string> OperationsServiceImpl::RequirePerson(const grpc::CallbackServerContext& context) const {
  ACCORD_ASSIGN_OR_RETURN(Caller caller, callers_.Require(context, PeerIdentity::Role::kPerson));
  return std::move(caller.id);
}

absl::StatusOr<OperationsServiceImpl::Target> OperationsServiceImpl::Resolve(const grpc::CallbackServerContext& context,
                                                                             const std::string& prefix) {
  ACCORD_ASSIGN_OR_RETURN(Caller caller, callers_.Require(context, PeerIdentity::Role::kPerson));
  ACCORD_ASSIGN_OR_RETURN(std::string job_id, parts_.store.jobs().Resolve(prefix));
  return Target{std::move(caller.id), std::move(job_id), std::move(caller.term)};
}

absl::Status OperationsServiceImpl::CheckMayRead(Target& target, AccessPayload::What what) {
  switch (what) {
    case AccessPayload::What::kReport: {
      ACCORD_ASSIGN_OR_RETURN(target.why_status_only, sight_.WhyStatusOnly(target.job_id, target.person));
      return absl::OkStatus();
    }
    case AccessPayload::What::kModel:
    case AccessPayload::What::kProvenance:
      return sight_.CheckOf(target.job_id, target.person, v1::Viewing::MODELS);
    case AccessPayload::What::kPapers:  // whoever is to approve has to read them
    case AccessPayload::What::kLog:     // is for seats alone
      return absl::OkStatus();
  }
  return absl::InternalError("something is read that nobody has thought of");
}

absl::StatusOr<OperationsServiceImpl::Target> OperationsServiceImpl::ResolveToRead(
    const grpc::CallbackServerContext& context, const std::string& prefix, AccessPayload::What what, uint32_t round) {
  ACCORD_ASSIGN_OR_RETURN(Target target, Resolve(context, prefix));
  ACCORD_RETURN_IF_ERROR(CheckMayRead(target, what));
  if (!target.why_status_only.empty()) return target;
  // Before anything is entered: what is not there is not read, and would bury what was.
  ACCORD_RETURN_IF_ERROR(CheckRoundIsDone(target.job_id, round, parts_.store));
  ACCORD_RETURN_IF_ERROR(accesses_.Enter(target.person, {what, round, target.job_id}));
  return target;
}

grpc::ServerReadReactor<v1::SubmitMessage>* OperationsServiceImpl::SubmitJob(grpc::CallbackServerContext* context,
                                                                             v1::SubmitResponse* response) {
  auto person = callers_.Require(*context, PeerIdentity::Role::kPerson);
  if (person.ok()) {
    if (const absl::Status may = CheckActs(person->id, "submit jobs"); !may.ok()) person = may;
  }
  if (!person.ok()) return new RefusedStream<grpc::ServerReadReactor<v1::SubmitMessage>>(person.status());
  return NewSubmitStream(*std::move(person), response,
                         {parts_.store, parts_.engine, parts_.clock, callers_, parts_.max_upload_bytes});
}

grpc::ServerUnaryReactor* OperationsServiceImpl::ListJobs(grpc::CallbackServerContext* context,
                                                          const v1::ListJobsRequest*, v1::ListJobsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto list = [&]() -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const std::string person, RequirePerson(*context));
    const absl::Status sees_all = sight_.Check(person, v1::Viewing::STATUS);
    if (!sees_all.ok() && !absl::IsPermissionDenied(sees_all)) return sees_all;
    ACCORD_ASSIGN_OR_RETURN(const std::vector<JobRecord> records, parts_.store.jobs().List(kMaxListedJobs));
    for (const JobRecord& record : records) {
      if (!sees_all.ok() && record.submitted_by != person) {
        ACCORD_ASSIGN_OR_RETURN(const bool ordered, parts_.store.jobs().IsOrdered(record.id));
        if (ordered) continue;
      }
      ACCORD_ASSIGN_OR_RETURN(*response->add_jobs(), SummariseJob(parts_.store.jobs(), record));
      ACCORD_RETURN_IF_ERROR(AddComplaintsTo(*response->mutable_jobs()->rbegin(), ComplaintWords::kOfNone));
    }
    if (response->jobs().empty() && !records.empty()) return sees_all;
    return absl::OkStatus();
  };
  if (absl::Status listed = list(); !listed.ok()) return FinishNow(reactor, listed);
  parts_.engine.RunningJobs([reactor, response](std::vector<v1::JobReport> running) {
    std::map<std::string, v1::JobReport> by_id;
    for (v1::JobReport& head : running) by_id[head.job_id()] = std::move(head);
    for (v1::JobReport& job : *response->mutable_jobs()) {
      if (const auto head = by_id.find(job.job_id()); head != by_id.end()) job.MergeFrom(head->second);
    }
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* OperationsServiceImpl::GetJob(grpc::CallbackServerContext* context,
                                                        const v1::GetJobRequest* request, v1::JobReport* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto target = ResolveToRead(*context, request->job_id(), AccessPayload::What::kReport);
  v1::JobReport said;  // read here, so that the engine's thread waits for no disk
  said.set_job_id(target.ok() ? target->job_id : "");
  const absl::Status ready = target.ok() ? AddComplaintsTo(said, ComplaintWords::kOfTheNewest) : target.status();
  if (!ready.ok()) return FinishNow(reactor, ready);
  parts_.engine.Report(target->job_id,
                       [answer = AnswerInto(reactor, response), said = std::move(said),
                        why_status_only = target->why_status_only](absl::StatusOr<v1::JobReport> report) {
                         if (report.ok()) report->mutable_complaints()->CopyFrom(said.complaints());
                         if (report.ok() && !why_status_only.empty()) report = StatusOf(*report, why_status_only);
                         answer(std::move(report));
                       });
  return reactor;
}

grpc::ServerWriteReactor<v1::JobReport>* OperationsServiceImpl::WatchJob(grpc::CallbackServerContext* context,
                                                                         const v1::GetJobRequest* request) {
  auto target = ResolveToRead(*context, request->job_id(), AccessPayload::What::kReport);
  if (!target.ok()) return new RefusedStream<grpc::ServerWriteReactor<v1::JobReport>>(target.status());
  return NewWatchStream(target->job_id, std::move(target->term), std::move(target->why_status_only), parts_.engine);
}

grpc::ServerUnaryReactor* OperationsServiceImpl::CancelJob(grpc::CallbackServerContext* context,
                                                           const v1::CancelJobRequest* request,
                                                           v1::JobReport* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto target = Resolve(*context, request->job_id());
  if (target.ok()) {
    if (const absl::Status may = CheckActs(target->person, "cancel jobs"); !may.ok()) target = may;
  }
  if (!target.ok()) return FinishNow(reactor, target.status());
  const std::string said = PlainWords(request->reason());
  parts_.engine.Cancel(target->job_id, absl::StrCat("cancelled by ", target->person, said.empty() ? "" : ": ", said),
                       [reactor, response](absl::StatusOr<v1::JobReport> report) {
                         if (report.ok()) *response = OutcomeOf(*report);
                         reactor->Finish(ToGrpc(report.status()));
                       });
  return reactor;
}

grpc::ServerWriteReactor<v1::FetchModelReply>* OperationsServiceImpl::FetchModel(grpc::CallbackServerContext* context,
                                                                                 const v1::FetchModelRequest* request) {
  auto target = ResolveToRead(*context, request->job_id(), AccessPayload::What::kModel, request->round());
  if (!target.ok()) return new RefusedStream<grpc::ServerWriteReactor<v1::FetchModelReply>>(target.status());
  return NewModelStream(target->job_id, request->round(), parts_.store);
}

grpc::ServerWriteReactor<v1::Chunk>* OperationsServiceImpl::FetchProvenance(grpc::CallbackServerContext* context,
                                                                            const v1::FetchModelRequest* request) {
  auto target = ResolveToRead(*context, request->job_id(), AccessPayload::What::kProvenance, request->round());
  if (!target.ok()) return new RefusedStream<grpc::ServerWriteReactor<v1::Chunk>>(target.status());
  const ProvenanceRequest asked{target->job_id, request->round(), target->person};
  return NewTextStream(
      [this, asked](auto is_wanted, auto done) { provenances_.Ask(asked, std::move(is_wanted), std::move(done)); });
}

grpc::ServerUnaryReactor* OperationsServiceImpl::ListSites(grpc::CallbackServerContext* context,
                                                           const v1::ListSitesRequest*,
                                                           v1::ListSitesResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto list = [&]() -> absl::StatusOr<std::vector<SiteRecord>> {
    ACCORD_ASSIGN_OR_RETURN(const std::string person, RequirePerson(*context));
    ACCORD_RETURN_IF_ERROR(sight_.Check(person, v1::Viewing::SITES));
    return parts_.store.members().ListSites();
  };
  auto stored = list();
  if (!stored.ok()) return FinishNow(reactor, stored.status());
  parts_.engine.ConnectedSites([reactor, response, stored = *std::move(stored)](std::vector<v1::SiteStatus> connected) {
    std::map<std::string, v1::SiteStatus> sites;
    for (const SiteRecord& record : stored) {
      v1::SiteStatus& status = sites[record.id];
      status.set_site(record.id);
      status.set_last_seen_unix_ms(record.last_seen_unix_ms);
      *status.mutable_facts() = record.facts;
    }
    for (v1::SiteStatus& status : connected) sites[status.site()] = std::move(status);
    for (auto& [site, status] : sites) *response->add_sites() = std::move(status);
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

}  // namespace accord
