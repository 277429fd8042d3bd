// The calls of those who watch: stops, complaints and their answers; and what watchers may not do.
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/operations_service.h"
#include "trust/charter/seats.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr size_t kMaxStatementFileBytes = kMaxStatementBytes + 128;
constexpr int kMostComplaintsOfAJob = 100;
constexpr int kMostListedComplaints = 1000;
// Of the files of all of them together: an answer holds their words once more.
constexpr size_t kMaxListedWordsBytes = size_t{2} << 20;

absl::StatusOr<SignedStatement> ReadBrought(const std::string& file) {
  if (file.size() <= kMaxStatementFileBytes) return SignedStatement::Parse(file);
  return absl::InvalidArgumentError(
      absl::StrCat("a statement of ", file.size(), " bytes; expected at most ", kMaxStatementFileBytes));
}

std::string OrganisationOf(const Charter& charter, absl::string_view person) {
  const v1::Person* listed = charter.FindPerson(person);
  return listed == nullptr ? "" : listed->organisation();
}

// What a complaint is about has to be there.
absl::Status CheckIsKnown(const Complaint& complaint, Store& store) {
  if (!complaint.job_id.empty()) return store.jobs().Get(complaint.job_id).status();
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SiteRecord> sites, store.members().ListSites());
  for (const SiteRecord& site : sites) {
    if (site.id == complaint.site) return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat("there is no site ", complaint.site, "; `accord site list` names them"));
}

}  // namespace

absl::Status OperationsServiceImpl::CheckActs(const std::string& person, absl::string_view what) {
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, parts_.engine.charters().Current());
  // A charter that is not active lists the same people.
  return state->charter == nullptr ? absl::OkStatus() : CheckActsNot(*state->charter->file->charter(), person, what);
}

absl::StatusOr<std::shared_ptr<const CharterState>> OperationsServiceImpl::ActiveState() {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const CharterState> state, parts_.engine.charters().Current());
  if (state->active.has_value()) return state;
  return absl::FailedPreconditionError(
      state->charter == nullptr ? "this federation has no charter, which would say who is ombudsman and who lead; the "
                                  "coordinator's operator publishes one (accord-coordinator charter publish)"
                                : state->why_not_active);
}

grpc::ServerUnaryReactor* OperationsServiceImpl::StopJob(grpc::CallbackServerContext* context,
                                                         const v1::StopJobRequest* request, v1::JobReport* response) {
  auto target = Resolve(*context, request->job_id());
  if (!target.ok()) return Answered(*context, target.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine.StopJob(target->job_id, request->stop(), absl::StrCat("person/", target->person),
                        [reactor, response](absl::StatusOr<v1::JobReport> report) {
                          if (report.ok()) *response = OutcomeOf(*report);
                          reactor->Finish(ToGrpc(report.status()));
                        });
  return reactor;
}

absl::StatusOr<v1::Complaint> OperationsServiceImpl::TakeComplaint(const std::string& file,
                                                                   const std::string& brought_by) {
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, ActiveState());
  const Charter& charter = state->active->charter();
  const Roster& roster = state->active->roster();
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, ReadBrought(file));
  const absl::Time now = parts_.clock.Now();
  ComplaintStore& complaints = parts_.store.complaints();
  std::string id;
  if (const auto answer = ParseAnswer(statement.bytes); answer.ok()) {
    ACCORD_ASSIGN_OR_RETURN(const v1::Complaint about, complaints.Find(HexDigest(answer->complaint), now));
    // What is there already is taken again whatever the time is by now.
    if (about.answer().statement() == file) return about;
    ACCORD_RETURN_IF_ERROR(CheckAnswer(charter, &roster, statement, answer->complaint, now).status());
    ACCORD_ASSIGN_OR_RETURN(id, complaints.Answer({file, OrganisationOf(charter, answer->lead), brought_by, now}));
  } else {
    auto known = complaints.Find(HexDigest(ComplaintHash(statement.bytes)), now);
    if (known.ok()) return known;
    ACCORD_ASSIGN_OR_RETURN(const Complaint complaint, CheckComplaint(charter, &roster, statement, now));
    ACCORD_RETURN_IF_ERROR(CheckIsKnown(complaint, parts_.store));
    ACCORD_ASSIGN_OR_RETURN(id, complaints.Add({file, OrganisationOf(charter, complaint.ombudsman), brought_by, now}));
  }
  return complaints.Find(id, now);
}

grpc::ServerUnaryReactor* OperationsServiceImpl::AddComplaint(grpc::CallbackServerContext* context,
                                                              const v1::AddComplaintRequest* request,
                                                              v1::AddComplaintReply* response) {
  const auto person = RequirePerson(*context);
  if (!person.ok()) return Answered(*context, person.status());
  auto taken = TakeComplaint(request->statement(), absl::StrCat("person/", *person));
  if (taken.ok()) *response->mutable_complaint() = *std::move(taken);
  return Answered(*context, taken.status());
}

grpc::ServerUnaryReactor* OperationsServiceImpl::ListComplaints(grpc::CallbackServerContext* context,
                                                                const v1::ListComplaintsRequest* request,
                                                                v1::ListComplaintsResponse* response) {
  const auto list = [&]() -> absl::Status {
    ACCORD_RETURN_IF_ERROR(RequirePerson(*context).status());
    std::string job_id;
    if (!request->job_id().empty()) {
      ACCORD_ASSIGN_OR_RETURN(job_id, parts_.store.jobs().Resolve(request->job_id()));
    }
    ACCORD_ASSIGN_OR_RETURN(std::vector<v1::Complaint> complaints,
                            parts_.store.complaints().List(job_id, request->site(), parts_.clock.Now(),
                                                           {kMostListedComplaints, kMaxListedWordsBytes}));
    response->mutable_complaints()->Assign(std::make_move_iterator(complaints.begin()),
                                           std::make_move_iterator(complaints.end()));
    return absl::OkStatus();
  };
  return Answered(*context, list());
}

absl::Status OperationsServiceImpl::AddComplaintsTo(v1::JobReport& report, ComplaintWords words) {
  const size_t max_word_bytes = words == ComplaintWords::kOfTheNewest ? kMaxListedWordsBytes : 0;
  ACCORD_ASSIGN_OR_RETURN(
      const std::vector<v1::Complaint> complaints,
      parts_.store.complaints().List(report.job_id(), "", parts_.clock.Now(), {kMostComplaintsOfAJob, max_word_bytes}));
  report.mutable_complaints()->Assign(complaints.rbegin(), complaints.rend());
  return absl::OkStatus();
}

}  // namespace accord
