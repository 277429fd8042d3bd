#include "coordinator/server/provenance.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/server/chosen_model.h"
#include "coordinator/transfer/chunk.h"
#include "trust/log/log_payloads.h"
#include "trust/provenance/envelope.h"
#include "trust/provenance/model_provenance.h"
#include "trust/provenance/provenance_check.h"

namespace accord {
namespace {

absl::Status NotInTheLog(const std::string& job_id) {
  return absl::FailedPreconditionError(absl::StrCat(
      "job ", job_id, " was submitted before this coordinator kept a log: nothing proves where its model comes from"));
}

// Of the numbers alone, without what a strategy keeps behind them.
absl::StatusOr<Sha256Digest> ParametersDigest(const std::string& name, const v1::ParameterLayout& layout,
                                              Store& store) {
  ACCORD_ASSIGN_OR_RETURN(const auto object, store.objects().Find(name));
  const uint64_t num_bytes = layout.num_elements() * sizeof(float);
  if (object->size() <= num_bytes) return ParseHexDigest(name);
  ContentHasher hasher;
  std::string piece;
  for (uint64_t offset = 0; offset < num_bytes; offset += piece.size()) {
    piece.resize(static_cast<size_t>(std::min<uint64_t>(num_bytes - offset, kChunkBytes)));
    ACCORD_RETURN_IF_ERROR(object->Read(offset, absl::MakeSpan(piece)));
    hasher.Update(piece);
  }
  return hasher.Finish();
}

// What the job's record says of it. Read before the log is: what is read later knows no less.
absl::Status TakeRecord(const ProvenanceRequest& request, Store& store, ModelProvenance& statement) {
  ACCORD_ASSIGN_OR_RETURN(const JobRecord record, store.jobs().Get(request.job_id));
  if (record.models_by_sha256) return NotInTheLog(request.job_id);
  v1::JobSpec spec;
  if (!spec.ParseFromString(record.spec_bytes)) {
    return absl::DataLossError(
        absl::StrCat("the stored job ", request.job_id, " is damaged; restore state_dir from a backup"));
  }
  ACCORD_ASSIGN_OR_RETURN(const ChosenModel chosen, ChooseModel(record, spec, request.round, store));
  statement.job_id = record.id;
  statement.job = Sha256(record.spec_bytes);
  statement.submitted_unix_ms = record.submitted_unix_ms;
  statement.round = chosen.round;
  ACCORD_ASSIGN_OR_RETURN(statement.model, ParseHexDigest(chosen.name));
  ACCORD_ASSIGN_OR_RETURN(statement.parameters, ParametersDigest(chosen.name, record.layout, store));
  if (statement.parameters != statement.model) statement.job_bytes = record.spec_bytes;
  ACCORD_ASSIGN_OR_RETURN(const std::optional<StoredPapers> papers, store.jobs().Papers(record.id));
  if (papers.has_value()) statement.order = Sha256(papers->order);
  if (record.torchscript_sha256.empty()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(statement.torchscript, ParseHexDigest(record.torchscript_sha256));
  return absl::OkStatus();
}

// The reports of the rounds that the log has, by their attempts: of sums, and of turns that were skipped.
absl::StatusOr<std::map<uint32_t, v1::RoundReport>> SumsOf(const std::string& job_id, Store& store) {
  ACCORD_ASSIGN_OR_RETURN(std::vector<v1::RoundReport> rounds,
                          store.jobs().Rounds(job_id, std::numeric_limits<int>::max()));
  std::map<uint32_t, v1::RoundReport> sums;
  for (v1::RoundReport& round : rounds) {
    if (round.outcome() != v1::ROUND_ABANDONED) sums[round.attempt()] = std::move(round);
  }
  return sums;
}

// Goes through the log's entries about the job.
class EntriesOfJob {
 public:
  EntriesOfJob(std::map<uint32_t, v1::RoundReport> sums, ModelProvenance& statement)
      : sums_(std::move(sums)), statement_(statement) {}

  absl::Status Take(const std::string& bytes) {
    ACCORD_ASSIGN_OR_RETURN(const LogEntry entry, ParseLogEntry(bytes));
    if (entry.kind == LogEntryKind::kOrder) order_ = entry.index;
    if (entry.kind == LogEntryKind::kRound) return TakeRound(entry);
    if (entry.kind == LogEntryKind::kJobEnded) return TakeEnd(entry);
    if (entry.kind != LogEntryKind::kModel || has_start_) return absl::OkStatus();
    statement_.start_model = entry.payload.digest;
    has_start_ = true;
    return absl::OkStatus();
  }

  // The order's entry; nullopt: the job has none.
  std::optional<uint64_t> order() const { return order_; }

 private:
  absl::Status TakeRound(const LogEntry& entry) {
    ACCORD_ASSIGN_OR_RETURN(const RoundPayload logged, RoundPayload::Parse(entry.payload.bytes));
    const auto sum = sums_.find(logged.attempt);
    if (sum == sums_.end()) {
      return absl::DataLossError(absl::StrCat("the report of attempt ", logged.attempt, " of job ", statement_.job_id,
                                              " is missing; restore state_dir from a backup"));
    }
    const v1::RoundReport& report = sum->second;
    ProvenanceRound& round = statement_.rounds.emplace_back();
    round.step = logged.step;
    round.kind = static_cast<v1::StepKind>(logged.kind);
    round.round = logged.round;
    round.attempt = logged.attempt;
    round.entry = entry.index;
    round.model = logged.model;
    round.sites.assign(report.sites().begin(), report.sites().end());
    for (const std::string& commitment : report.postures()) {
      std::optional<Sha256Digest>& posture = round.postures.emplace_back();
      if (commitment.empty()) continue;
      ACCORD_ASSIGN_OR_RETURN(posture, ParseHexDigest(commitment));
    }
    round.sum_of_job = report.sum_of_job();
    return absl::OkStatus();
  }

  absl::Status TakeEnd(const LogEntry& entry) {
    ACCORD_ASSIGN_OR_RETURN(const JobEndedPayload ended, JobEndedPayload::Parse(entry.payload.bytes));
    statement_.state = static_cast<v1::JobState>(ended.state);
    statement_.kept_round = ended.kept_round;
    statement_.finished_unix_ms = static_cast<int64_t>(entry.unix_us / 1000);
    return absl::OkStatus();
  }

  const std::map<uint32_t, v1::RoundReport> sums_;
  ModelProvenance& statement_;
  bool has_start_ = false;
  std::optional<uint64_t> order_;
};

// The entry of each site's first sum.
std::map<std::string, uint64_t> FirstSums(const ModelProvenance& statement) {
  std::map<std::string, uint64_t> first;
  for (const ProvenanceRound& round : statement.rounds) {
    for (const std::string& site : round.sites) first.emplace(site, round.entry);
  }
  return first;
}

// The sites of all rounds, each with the entry of its last enrolment before it took part, where the log has it; those
// entries.
absl::StatusOr<std::vector<uint64_t>> TakeSites(Store& store, ModelProvenance& statement) {
  FederationLog& log = store.log();
  std::map<std::string, std::string> organisations;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SiteRecord> members, store.members().ListSites());
  for (const SiteRecord& member : members) organisations[member.id] = member.organisation;
  std::vector<uint64_t> entries;
  for (const auto& [id, first_sum] : FirstSums(statement)) {
    ProvenanceSite site{id, organisations[id].empty() ? id : organisations[id], std::nullopt};
    ACCORD_ASSIGN_OR_RETURN(const auto entry, log.rows().LastEnrolment(log.project(), NameRole::kSite, id, first_sum));
    if (entry.has_value()) {
      ACCORD_ASSIGN_OR_RETURN(const NameOpenings names, log.rows().Openings(log.project(), *entry, *entry + 1));
      ProvenMembership membership{*entry, {}, {}};
      for (const auto& [index, name] : names) {
        if (name.role == NameRole::kSite) membership.site = name;
        if (name.role == NameRole::kOrganisation) membership.organisation = name;
      }
      if (!membership.organisation.name.empty()) {
        site.organisation = membership.organisation.name;
        site.membership = membership;
        entries.push_back(*entry);
      }
    }
    statement.sites.push_back(std::move(site));
  }
  return entries;
}

// The charter under which the order was taken: the last one that came into force before it (CheckCharterInForce). Its
// file as it was then, though more have signed it since (CharterStore::FileOf gives the latest one). Its entry.
absl::StatusOr<std::optional<uint64_t>> TakeCharter(uint64_t order, FederationLog& log, ModelProvenance& statement) {
  ACCORD_ASSIGN_OR_RETURN(const auto index, log.rows().LastOfKind(log.project(), LogEntryKind::kCharter, order));
  if (!index.has_value()) return std::nullopt;
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, log.rows().Entry(log.project(), *index));
  ACCORD_ASSIGN_OR_RETURN(const LogEntry entry, ParseLogEntry(bytes));
  statement.charter = entry.payload.digest;
  return index;
}

// `evidence` and what else is proven, under the same head.
absl::Status AddEntries(FederationLog& log, std::vector<uint64_t> indices, uint64_t tree_size, LogEvidence& evidence) {
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  ACCORD_ASSIGN_OR_RETURN(LogEvidence more, log.rows().ProveEntries(log.project(), indices, tree_size));
  std::map<uint64_t, ProvenEntry> by_index;
  for (LogEvidence* part : {&evidence, &more}) {
    for (ProvenEntry& proven : part->entries) {
      ACCORD_ASSIGN_OR_RETURN(const LogEntry entry, ParseLogEntry(proven.bytes));
      by_index.emplace(entry.index, std::move(proven));
    }
  }
  evidence.entries.clear();
  for (auto& [index, proven] : by_index) evidence.entries.push_back(std::move(proven));
  return absl::OkStatus();
}

// All of it is looked at as it was when the log had `tree_size` entries: what comes in meanwhile is under a later head,
// and a head over an entry about the job that is not brought would convict its keeper.
absl::StatusOr<ModelProvenance> StateProvenance(const ProvenanceRequest& request, Store& store, uint64_t& tree_size) {
  FederationLog& log = store.log();
  ModelProvenance statement;
  ACCORD_RETURN_IF_ERROR(TakeRecord(request, store, statement));
  ACCORD_ASSIGN_OR_RETURN(const FoundEntries found, log.rows().EntriesAbout(log.project(), statement.job_id));
  tree_size = found.tree_size;
  if (found.indices.empty()) return NotInTheLog(request.job_id);
  if (found.indices.size() > kMaxEvidenceEntries) {
    return absl::ResourceExhaustedError(absl::StrCat("the log has ", found.indices.size(), " entries about job ",
                                                     request.job_id, "; a provenance holds ", kMaxEvidenceEntries));
  }
  // Behind the entries: whatever ended with one of them has its report.
  ACCORD_ASSIGN_OR_RETURN(auto sums, SumsOf(statement.job_id, store));
  statement.state = v1::JOB_RUNNING;
  ACCORD_ASSIGN_OR_RETURN(statement.log, log.rows().ProveEntries(log.project(), found.indices, tree_size));
  ACCORD_ASSIGN_OR_RETURN(const LogEntry first, ParseLogEntry(statement.log.entries.front().bytes));
  if (first.kind != LogEntryKind::kJob) return NotInTheLog(request.job_id);
  EntriesOfJob entries(std::move(sums), statement);
  for (const ProvenEntry& entry : statement.log.entries) ACCORD_RETURN_IF_ERROR(entries.Take(entry.bytes));
  ACCORD_ASSIGN_OR_RETURN(std::vector<uint64_t> others, TakeSites(store, statement));
  if (entries.order().has_value()) {
    ACCORD_ASSIGN_OR_RETURN(const auto charter, TakeCharter(*entries.order(), log, statement));
    if (charter.has_value()) others.push_back(*charter);
  }
  ACCORD_ASSIGN_OR_RETURN(const auto of_person,
                          log.rows().LastEnrolment(log.project(), NameRole::kPerson, request.person, tree_size));
  if (of_person.has_value()) others.push_back(*of_person);
  ACCORD_RETURN_IF_ERROR(AddEntries(log, std::move(others), tree_size, statement.log));
  return statement;
}

}  // namespace

absl::StatusOr<StatedProvenance> SignedProvenance(const ProvenanceRequest& request, Store& store) {
  uint64_t tree_size = 0;
  ACCORD_ASSIGN_OR_RETURN(const ModelProvenance statement, StateProvenance(request, store, tree_size));
  ACCORD_ASSIGN_OR_RETURN(const Envelope envelope, store.log().SignStatement(statement.Write()));
  // What the receiver would refuse is not sent, and is found here first: by whoever can mend it.
  const auto checked = CheckFederationStatement(envelope);
  if (!checked.ok()) {
    return absl::DataLossError(absl::StrCat("what is stored of job ", request.job_id,
                                            " contradicts the log: ", std::string(checked.status().message()),
                                            "; restore state_dir from a backup"));
  }
  StatedProvenance stated{WriteJson(envelope.ToJson()), tree_size};
  if (stated.text.size() <= kMaxProvenanceBytes) return stated;
  return absl::ResourceExhaustedError(absl::StrCat("the provenance of job ", request.job_id, " has ",
                                                   stated.text.size(), " bytes, more than ", kMaxProvenanceBytes));
}

}  // namespace accord
