// The calls about orders, approvals and the charter.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/governance/job_papers.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/operations_service.h"
#include "trust/charter/job_order.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

absl::Status FillPapers(const std::string& job_id, Store& store, v1::FetchPapersReply& reply) {
  ACCORD_ASSIGN_OR_RETURN(const JobRecord job, store.jobs().Get(job_id));
  ACCORD_ASSIGN_OR_RETURN(const std::optional<StoredPapers> papers, store.jobs().Papers(job_id));
  if (!papers.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("job ", job_id, " was submitted without an order: no charter was in force"));
  }
  reply.set_job_id(job_id);
  reply.set_job_spec(job.spec_bytes);
  reply.set_order(papers->order);
  for (const StoredApproval& approval : papers->approvals) reply.add_approvals(approval.file);
  if (papers->stop.has_value()) reply.add_stops(papers->stop->file);
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(papers->order));
  ACCORD_ASSIGN_OR_RETURN(const JobOrder order, ParseJobOrder(statement.bytes));
  auto charter = store.charters().FileOf(order.charter);
  if (!charter.ok() && !absl::IsNotFound(charter.status())) return charter.status();
  if (charter.ok()) reply.set_charter(*std::move(charter));
  return absl::OkStatus();
}

// Why no job runs under it now; empty: one may.
std::string WhyClosed(const CharterState& state, absl::Time now) {
  if (!state.active.has_value()) return state.why_not_active;
  const Charter& charter = state.active->charter();
  if (now < charter.not_before()) return "its time has not begun";
  if (now >= charter.expires()) return "it has expired";
  return "";
}

}  // namespace

grpc::ServerUnaryReactor* OperationsServiceImpl::AddApproval(grpc::CallbackServerContext* context,
                                                             const v1::AddApprovalRequest* request,
                                                             v1::AddApprovalReply* response) {
  auto target = Resolve(*context, request->job_id());
  if (!target.ok()) return Answered(*context, target.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine.AddApproval(target->job_id, request->approval(), absl::StrCat("person/", target->person),
                            [reactor, response](absl::StatusOr<v1::AddApprovalReply> reply) {
                              if (reply.ok()) *response = *std::move(reply);
                              reactor->Finish(ToGrpc(reply.status()));
                            });
  return reactor;
}

grpc::ServerUnaryReactor* OperationsServiceImpl::FetchPapers(grpc::CallbackServerContext* context,
                                                             const v1::FetchPapersRequest* request,
                                                             v1::FetchPapersReply* response) {
  const auto target = ResolveToRead(*context, request->job_id(), AccessPayload::What::kPapers);
  if (!target.ok()) return Answered(*context, target.status());
  return Answered(*context, FillPapers(target->job_id, parts_.store, *response));
}

grpc::ServerUnaryReactor* OperationsServiceImpl::FetchCharter(grpc::CallbackServerContext* context,
                                                              const v1::FetchCharterRequest*,
                                                              v1::FetchCharterReply* response) {
  const auto fetch = [&]() -> absl::Status {
    ACCORD_RETURN_IF_ERROR(RequirePerson(*context).status());
    ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, parts_.engine.charters().Current());
    if (state->charter == nullptr) {
      return absl::FailedPreconditionError(
          "this federation has no charter; the coordinator's operator publishes one (accord-coordinator charter "
          "publish)");
    }
    const SignedCharter& file = *state->charter->file;
    response->set_charter(file.Text());
    response->set_sha256(HexDigest(file.charter()->hash()));
    response->set_why_closed(WhyClosed(*state, parts_.clock.Now()));
    return absl::OkStatus();
  };
  return Answered(*context, fetch());
}

}  // namespace accord
