#include "coordinator/governance/job_papers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/programs/job_program.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/seats.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr char kWriteOrder[] = "accord order write";
constexpr char kSite[] = "site/";

absl::StatusOr<SignedStatement> ReadStatement(absl::string_view file, size_t max_bytes, absl::string_view what) {
  if (file.size() > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has ", file.size(), " bytes; expected at most ", max_bytes));
  }
  auto statement = SignedStatement::Parse(file);
  if (!statement.ok()) return Annotate(statement.status(), what);
  return statement;
}

bool IsOfSite(const Approval& said) { return absl::StartsWith(said.by, kSite); }

absl::Status Refused(const std::vector<std::string>& reasons) {
  // A status travels in a header of HTTP, which is bounded.
  constexpr size_t kMostWords = 5000;
  std::string words;
  size_t told = 0;
  while (told < reasons.size() && (told == 0 || words.size() + reasons[told].size() < kMostWords)) {
    absl::StrAppend(&words, told == 0 ? "" : "; ", reasons[told]);
    ++told;
  }
  if (told < reasons.size()) absl::StrAppend(&words, "; and ", reasons.size() - told, " more");
  return absl::InvalidArgumentError(absl::StrCat("the order will run nowhere: ", words));
}

// Whether an order is wanted at all, and can be judged.
absl::Status CheckWhetherOrdered(const std::string& order, const CharterState& state) {
  if (state.charter == nullptr) {
    return order.empty() ? absl::OkStatus()
                         : absl::FailedPreconditionError(
                               "the job comes with an order, and this federation has no charter to judge it by: submit "
                               "it without, or have the charter published (accord-coordinator charter publish)");
  }
  if (order.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("this federation runs under a charter (",
                                                      CharterName(*state.charter->file->charter()),
                                                      "), and the job comes without an order: write and sign one (",
                                                      kWriteOrder, "), and submit the job with --order FILE"));
  }
  return state.active.has_value() ? absl::OkStatus() : absl::FailedPreconditionError(state.why_not_active);
}

}  // namespace

absl::StatusOr<JobPapers> JobPapers::Load(std::string job_bytes, StoredPapers stored) {
  JobPapers papers(std::move(job_bytes), std::move(stored));
  if (const absl::Status read = papers.Read(); !read.ok()) {
    return absl::DataLossError(
        absl::StrCat("the stored order is damaged (", read.message(), "); restore state_dir from a backup"));
  }
  return papers;
}

absl::Status JobPapers::Read() {
  ACCORD_ASSIGN_OR_RETURN(signed_order_, SignedStatement::Parse(stored_.order));
  ACCORD_ASSIGN_OR_RETURN(order_, ParseJobOrder(signed_order_.bytes));
  for (const StoredApproval& approval : stored_.approvals) ACCORD_RETURN_IF_ERROR(ReadApproval(approval.file));
  if (!stored_.stop.has_value()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement stop, SignedStatement::Parse(stored_.stop->file));
  return ParseJobStop(stop.bytes).status();
}

absl::Status JobPapers::ReadApproval(const std::string& file) {
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement, SignedStatement::Parse(file));
  ACCORD_ASSIGN_OR_RETURN(Approval said, ParseApproval(statement.bytes));
  signed_approvals_.push_back(std::move(statement));
  approvals_.push_back(std::move(said));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredPapers>> JobPapers::Accept(std::string job_bytes, const std::string& order,
                                                              const std::vector<std::string>& approvals,
                                                              const std::string& brought_by, const CharterState& state,
                                                              absl::Time now) {
  ACCORD_RETURN_IF_ERROR(CheckWhetherOrdered(order, state));
  if (order.empty()) {
    if (approvals.empty()) return std::nullopt;
    return absl::InvalidArgumentError("approvals come with the job, and no order that they could approve");
  }
  JobPapers papers(std::move(job_bytes), {});
  papers.stored_.order = order;
  ACCORD_ASSIGN_OR_RETURN(papers.signed_order_, ReadStatement(order, kMaxStatementBytes + 128, "the order"));
  ACCORD_ASSIGN_OR_RETURN(papers.order_, ParseJobOrder(papers.signed_order_.bytes));
  std::vector<std::string> faults = papers.Examine(state, now).faults;
  // With seeded parameters the order does not name those that come with the job: they are the engineer's own.
  if (brought_by != absl::StrCat("person/", papers.order_.engineer)) {
    faults.push_back(absl::StrCat("the order is by ", papers.order_.engineer, ", and ", brought_by,
                                  " submits the job: whoever signed the order submits it"));
  }
  for (size_t i = 0; i < approvals.size(); ++i) {
    auto approval = papers.Check(approvals[i], brought_by, state, now);
    if (approval.ok()) {
      papers.Add(*std::move(approval));
    } else if (!absl::IsAlreadyExists(approval.status())) {
      faults.push_back(absl::StrCat("approval ", i + 1, ": ", approval.status().message()));
    }
  }
  // A refusal that is among them.
  if (faults.empty()) faults = papers.Examine(state, now).faults;
  if (!faults.empty()) return Refused(faults);
  papers.stored_.charter_name = CharterName(state.active->charter());
  papers.stored_.organisation = papers.findings_.organisation;
  return std::move(papers.stored_);
}

void JobPapers::KeepMemoryUnder(const CharterState& state) {
  const int64_t roster = state.roster == nullptr ? 0 : state.roster->ordinal;
  const int64_t charter = state.charter == nullptr ? 0 : state.charter->ordinal;
  if (roster == memory_roster_ && charter == memory_charter_) return;
  memory_.Clear();
  memory_roster_ = roster;
  memory_charter_ = charter;
}

const OrderFindings& JobPapers::Examine(const CharterState& state, absl::Time now) {
  KeepMemoryUnder(state);
  if (!state.active.has_value()) {
    // The charter that the job runs under was in force when it was submitted; what it lacks can be added.
    findings_ = {};
    findings_.closed = {state.why_not_active.empty() ? "no charter is published" : state.why_not_active};
    if (now >= order_.expires) findings_.faults = {"the order expired"};
    findings_.next_change = std::max(order_.expires, now);
    return findings_;
  }
  findings_ = ExamineOrder(*state.active, Handed(), now, &memory_);
  return findings_;
}

absl::Status JobPapers::CheckRoom(const Approval& said) const {
  size_t of_same = 0, of_sites = 0;
  for (const Approval& other : approvals_) {
    of_same += other.by == said.by ? 1 : 0;
    of_sites += IsOfSite(other) ? 1 : 0;
  }
  // A refusal is always taken: one place is kept for it.
  const size_t kept = said.approves ? 1 : 0;
  if (of_same + kept > kMaxApprovalsOfOne) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", of_same, " statements by ", said.by, " already, the most that are taken of one"));
  }
  if (IsOfSite(said) && of_sites >= kMaxApprovals - kPlacesOfPeople) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the order has ", of_sites, " statements by sites, the most that are taken"));
  }
  if (approvals_.size() + kept >= kMaxApprovals) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the order has ", approvals_.size(), " approvals, the most that are taken"));
  }
  return absl::OkStatus();
}

bool JobPapers::IsRefusedBy(const std::string& identity) const {
  absl::string_view id = identity;
  // A site may have another key by now, under which an earlier word of it does not count.
  if (absl::ConsumePrefix(&id, kSite)) return findings_.refusing_sites.contains(std::string(id));
  return std::any_of(approvals_.begin(), approvals_.end(),
                     [&](const Approval& said) { return !said.approves && said.by == identity; });
}

absl::StatusOr<StoredApproval> JobPapers::Check(const std::string& file, const std::string& brought_by,
                                                const CharterState& state, absl::Time now) {
  if (!state.active.has_value()) return absl::FailedPreconditionError(state.why_not_active);
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, ReadStatement(file, kMaxApprovalFileBytes, "the approval"));
  ACCORD_ASSIGN_OR_RETURN(const Approval said, ParseApproval(statement.bytes));
  const bool known = std::any_of(signed_approvals_.begin(), signed_approvals_.end(),
                                 [&](const SignedStatement& other) { return other.bytes == statement.bytes; });
  if (known) return absl::AlreadyExistsError("this approval was handed in before");
  ACCORD_RETURN_IF_ERROR(CheckRoom(said));
  if (IsOfSite(said) && !IsAsked(*state.active, spec_, said.by.substr(sizeof(kSite) - 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat(said.by,
                     " is not asked for this job: the roster does not list it, the job's rounds.sites do not "
                     "name it, or by the charter it may not release the data set"));
  }
  KeepMemoryUnder(state);
  ACCORD_RETURN_IF_ERROR(
      CheckHandedApproval(*state.active, signed_order_, approvals_, statement, now, &memory_).status());
  if (!said.approves && IsRefusedBy(said.by)) {
    return absl::AlreadyExistsError(
        absl::StrCat(said.by, " has refused this order already: one refusal is enough for ever"));
  }
  StoredApproval stored;
  stored.file = file;
  stored.brought_by = brought_by;
  stored.received_unix_ms = absl::ToUnixMillis(now);
  absl::string_view id = said.by;
  if (absl::ConsumePrefix(&id, "person/")) {
    const v1::Person* person = state.active->charter().FindPerson(id);
    if (person != nullptr) stored.organisation = person->organisation();
  }
  return stored;
}

void JobPapers::Add(StoredApproval approval) {
  // It was read when it was checked.
  if (!ReadApproval(approval.file).ok()) return;
  stored_.approvals.push_back(std::move(approval));
}

absl::StatusOr<StoredStop> JobPapers::CheckStop(const std::string& file, const std::string& brought_by,
                                                const CharterState& state, absl::Time now) const {
  if (!state.active.has_value()) return absl::FailedPreconditionError(state.why_not_active);
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, ReadStatement(file, kMaxStatementBytes + 128, "the stop"));
  const Charter& charter = state.active->charter();
  ACCORD_ASSIGN_OR_RETURN(const JobStop stop,
                          CheckStopOf(charter, &state.active->roster(), statement, Sha256(job_bytes_)));
  if (stored_.stop.has_value()) return absl::AlreadyExistsError("the job is stopped already");
  StoredStop stored{file, "", brought_by, absl::ToUnixMillis(now)};
  if (const v1::Person* person = charter.FindPerson(stop.ombudsman)) stored.organisation = person->organisation();
  return stored;
}

std::string JobPapers::WhyStopped() const {
  if (!stored_.stop.has_value()) return "";
  const auto statement = SignedStatement::Parse(stored_.stop->file);
  const auto stop = statement.ok() ? ParseJobStop(statement->bytes) : absl::StatusOr<JobStop>(statement.status());
  return stop.ok() ? StopInWords(*stop) : "an ombudsman stopped this job";
}

bool JobPapers::HasRefusalOfPerson() const {
  return std::any_of(approvals_.begin(), approvals_.end(),
                     [](const Approval& said) { return !said.approves && !IsOfSite(said); });
}

std::shared_ptr<const v1::CoordinatorMessage> JobPapers::Message(const std::string& job_id) const {
  auto message = std::make_shared<v1::CoordinatorMessage>();
  v1::JobPapers& papers = *message->mutable_job_papers();
  papers.set_job_id(job_id);
  papers.set_job_sha256(Sha256Hex(job_bytes_));
  if (job_bytes_.size() <= kMaxInlineBytes) papers.set_job_inline(job_bytes_);
  papers.set_order(stored_.order);
  for (const StoredApproval& approval : stored_.approvals) papers.add_approvals(approval.file);
  if (stored_.stop.has_value()) papers.add_stops(stored_.stop->file);
  return message;
}

std::optional<v1::JobStop> StopOf(const StoredPapers& papers) {
  if (!papers.stop.has_value()) return std::nullopt;
  const auto statement = SignedStatement::Parse(papers.stop->file);
  const auto stop = statement.ok() ? ParseJobStop(statement->bytes) : absl::StatusOr<JobStop>(statement.status());
  if (!stop.ok()) return std::nullopt;
  v1::JobStop result;
  result.set_by(stop->ombudsman);
  result.set_organisation(papers.stop->organisation);
  result.set_reason(absl::StrJoin(stop->reasons, "\n"));
  result.set_stopped_unix_ms(papers.stop->received_unix_ms);
  return result;
}

v1::Mandate MandateOf(const StoredPapers& papers) {
  v1::Mandate mandate;
  mandate.set_organisation(papers.organisation);
  mandate.set_charter(papers.charter_name);
  if (const auto statement = SignedStatement::Parse(papers.order); statement.ok()) {
    mandate.set_order_sha256(HexDigest(JobOrderHash(statement->bytes)));
    if (const auto order = ParseJobOrder(statement->bytes); order.ok()) {
      mandate.set_engineer(order->engineer);
      mandate.set_purpose(order->purpose);
      mandate.set_charter_sha256(HexDigest(order->charter));
      mandate.set_not_before_unix_ms(absl::ToUnixMillis(order->not_before));
      mandate.set_expires_unix_ms(absl::ToUnixMillis(order->expires));
      for (const v1::Rule rule : order->loosens) mandate.add_loosens(RuleName(rule));
    }
  }
  for (const StoredApproval& stored : papers.approvals) {
    const auto statement = SignedStatement::Parse(stored.file);
    const auto said = statement.ok() ? ParseApproval(statement->bytes) : statement.status();
    if (!said.ok()) continue;
    v1::GivenApproval& given = *mandate.add_approvals();
    given.set_by(said->by);
    given.set_as(said->as == v1::ROLE_UNSPECIFIED ? "site" : RoleName(said->as));
    given.set_organisation(stored.organisation);
    given.set_refuses(!said->approves);
    given.set_expires_unix_ms(absl::ToUnixMillis(said->expires));
    given.set_received_unix_ms(stored.received_unix_ms);
    for (const v1::Rule rule : said->loosens) given.add_loosens(RuleName(rule));
  }
  return mandate;
}

std::vector<std::string> MissingOf(const OrderFindings& findings) {
  std::vector<std::string> missing = findings.missing;
  if (!findings.few_sites.empty()) missing.push_back(findings.few_sites);
  return missing;
}

std::string WaitingForPapers(const OrderFindings& findings) {
  std::string words;
  const std::vector<std::string> missing = MissingOf(findings);
  if (!missing.empty()) words = absl::StrCat("waits for approvals: ", absl::StrJoin(missing, ", "));
  for (const std::string& reason : findings.closed) absl::StrAppend(&words, words.empty() ? "waits: " : "; ", reason);
  return words;
}

}  // namespace accord
