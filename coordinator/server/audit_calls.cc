// What auditors read: the federation's log, and who read what.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/operations_service.h"
#include "coordinator/server/text_stream.h"
#include "trust/charter/seats.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"

namespace accord {
namespace {

constexpr size_t kMostListedAccesses = 1000;
constexpr size_t kMaxSentLogBytes = size_t{256} << 20;

constexpr v1::Role kWatchers[] = {v1::ROLE_AUDITOR, v1::ROLE_OMBUDSMAN};
constexpr v1::Role kWatchersAndLeads[] = {v1::ROLE_AUDITOR, v1::ROLE_OMBUDSMAN, v1::ROLE_LEAD};

// The file of the whole log, and behind it that of the names, where they are asked for.
absl::StatusOr<std::string> WholeLog(FederationLog& log, bool names) {
  std::string text;
  const auto sink = [&text](absl::string_view line) -> absl::Status {
    absl::StrAppend(&text, line);
    if (text.size() <= kMaxSentLogBytes) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        "the log is too long to be sent; the coordinator's operator writes it to a file (accord-coordinator log "
        "export)");
  };
  ACCORD_RETURN_IF_ERROR(log.rows().Export(log.project(), sink));
  if (!names) return text;
  ACCORD_ASSIGN_OR_RETURN(const NameOpenings openings,
                          log.rows().Openings(log.project(), 0, std::numeric_limits<uint64_t>::max()));
  ACCORD_RETURN_IF_ERROR(sink(WriteNameOpenings(openings)));
  return text;
}

// An entry of kind access.
absl::StatusOr<v1::Access> ReadAccess(FederationLog& log, uint64_t index) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, log.rows().Entry(log.project(), index));
  ACCORD_ASSIGN_OR_RETURN(const LogEntry entry, ParseLogEntry(bytes));
  ACCORD_ASSIGN_OR_RETURN(const AccessPayload payload, AccessPayload::Parse(entry.payload.bytes));
  v1::Access access;
  access.set_job_id(payload.job_id);
  access.set_what(std::string(AccessWord(payload.what)));
  access.set_round(payload.round);
  access.set_first_unix_ms(static_cast<int64_t>(entry.unix_us / 1000));
  access.set_entry(index);
  ACCORD_ASSIGN_OR_RETURN(const NameOpenings openings, log.rows().Openings(log.project(), index, index + 1));
  for (const auto& [at, opening] : openings) {
    if (opening.role == NameRole::kPerson) access.set_person(opening.name);
  }
  return access;
}

}  // namespace

absl::StatusOr<std::string> OperationsServiceImpl::RequireSeat(const grpc::CallbackServerContext& context,
                                                               absl::Span<const v1::Role> roles,
                                                               absl::string_view what) {
  ACCORD_ASSIGN_OR_RETURN(std::string person, RequirePerson(context));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, ActiveState());
  ACCORD_RETURN_IF_ERROR(CheckHasOneOf(state->active->charter(), person, roles, what));
  return person;
}

grpc::ServerUnaryReactor* OperationsServiceImpl::ListAccesses(grpc::CallbackServerContext* context,
                                                              const v1::ListAccessesRequest* request,
                                                              v1::ListAccessesResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto person = RequireSeat(*context, kWatchersAndLeads, "the list of who read what");
  std::string job_id;
  absl::Status ready = person.status();
  if (ready.ok() && !request->job_id().empty()) {
    auto resolved = parts_.store.jobs().Resolve(request->job_id());
    ready = resolved.status();
    if (resolved.ok()) job_id = *std::move(resolved);
  }
  if (!ready.ok()) {
    reactor->Finish(ToGrpc(ready));
    return reactor;
  }
  log_reader_.Schedule([this, reactor, response, job_id] {
    const auto list = [&]() -> absl::Status {
      FederationLog& log = parts_.store.log();
      ACCORD_ASSIGN_OR_RETURN(const uint64_t size, log.rows().Size(log.project()));
      ACCORD_ASSIGN_OR_RETURN(
          std::vector<uint64_t> indices,
          log.rows().LatestOfKind(log.project(), LogEntryKind::kAccess, size, kMostListedAccesses + 1, job_id));
      response->set_more(indices.size() > kMostListedAccesses);
      indices.resize(std::min(indices.size(), kMostListedAccesses));
      for (const uint64_t index : indices) {
        ACCORD_ASSIGN_OR_RETURN(*response->add_accesses(), ReadAccess(log, index));
      }
      return absl::OkStatus();
    };
    reactor->Finish(ToGrpc(list()));
  });
  return reactor;
}

grpc::ServerWriteReactor<v1::Chunk>* OperationsServiceImpl::FetchLog(grpc::CallbackServerContext* context,
                                                                     const v1::FetchLogRequest* request) {
  const auto person = RequireSeat(*context, kWatchers, "the federation's log");
  const absl::Status may = person.ok() ? accesses_.Enter(*person, {AccessPayload::What::kLog, 0, ""}) : person.status();
  if (!may.ok()) return new RefusedStream<grpc::ServerWriteReactor<v1::Chunk>>(may);
  return NewTextStream([this, names = request->names()](auto is_wanted, auto done) {
    log_reader_.Schedule([this, names, is_wanted = std::move(is_wanted), done = std::move(done)]() mutable {
      done(is_wanted() ? WholeLog(parts_.store.log(), names)
                       : absl::StatusOr<std::string>(absl::CancelledError("nobody waits for it any more")));
    });
  });
}

}  // namespace accord
