#include "trust/provenance/provenance_check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/log/log_head.h"
#include "trust/log/log_payloads.h"
#include "trust/provenance/lineage.h"

namespace accord {
namespace {

// What cannot come behind a job's end. Reports, access and late words of approval may.
bool IsOfItsCourse(LogEntryKind kind) {
  return kind == LogEntryKind::kJob || kind == LogEntryKind::kModel || kind == LogEntryKind::kRound ||
         kind == LogEntryKind::kJobEnded;
}

bool IsTrainingRound(v1::StepKind kind) { return kind == v1::STEP_TRAIN || kind == v1::STEP_NEWTON; }

// Goes through the entries about the job, in the log's order, and through what the statement says of them.
class StatementCheck {
 public:
  StatementCheck(const ModelProvenance& statement, const ShownEvidence& evidence)
      : statement_(statement), evidence_(evidence) {}

  std::vector<std::string> Run() {
    for (const LogEntry& entry : evidence_.entries) {
      if (entry.kind == LogEntryKind::kMember) continue;
      if (entry.kind == LogEntryKind::kCharter) {
        TakePaper(entry, statement_.charter, charter_);
      } else if (entry.subject == statement_.job_id) {
        Take(entry);
      } else {
        Fault(absl::StrCat("entry ", entry.index, " is about ", entry.subject.empty() ? "nothing" : entry.subject,
                           ", not about job ", statement_.job_id));
      }
    }
    if (!has_job_) Fault("the log's entry of the job's submission is not in it");
    if (!has_start_) Fault("the log's entry of the model that the job began with is not in it");
    if (next_round_ < statement_.rounds.size()) {
      Fault(absl::StrCat("it names ", statement_.rounds.size(), " sums; the log's entries in it show ", next_round_));
    }
    CheckEnd();
    CheckModel();
    CheckParameters();
    CheckPapers();
    CheckSites();
    return std::move(faults_);
  }

 private:
  void Fault(std::string what) { faults_.push_back(std::move(what)); }

  void Take(const LogEntry& entry) {
    if (has_ended_ && IsOfItsCourse(entry.kind)) {
      Fault(absl::StrCat("entry ", entry.index, " (", LogEntryKindName(entry.kind), ") stands behind the job's end"));
    }
    switch (entry.kind) {
      case LogEntryKind::kJob:
        return TakeJob(entry);
      case LogEntryKind::kModel:
        return TakeModel(entry);
      case LogEntryKind::kRound:
        return TakeRound(entry);
      case LogEntryKind::kJobEnded:
        return TakeEnd(entry);
      case LogEntryKind::kOrder:
        return TakePaper(entry, statement_.order, order_);
      default:
        return;  // an attempt that was given up, a refusal: of no weight for the model
    }
  }

  void TakeJob(const LogEntry& entry) {
    if (has_job_) Fault(absl::StrCat("entry ", entry.index, " submits the job a second time"));
    has_job_ = true;
    if (entry.payload.form == PayloadForm::kSha256 && entry.payload.digest == statement_.job) return;
    Fault(absl::StrCat("the job's SHA-256 is ", HexDigest(statement_.job), ", in the log's entry ", entry.index, " ",
                       HexDigest(entry.payload.digest)));
  }

  void TakeModel(const LogEntry& entry) {
    models_.insert(entry.payload.digest);
    if (has_start_) return;
    has_start_ = true;
    if (entry.payload.form == PayloadForm::kContentDigest && entry.payload.digest == statement_.start_model) return;
    Fault(absl::StrCat("the job began with the model ", HexDigest(statement_.start_model), ", in the log's entry ",
                       entry.index, " with ", HexDigest(entry.payload.digest)));
  }

  // Of the order or the charter. `place`: of its entry.
  void TakePaper(const LogEntry& entry, const std::optional<Sha256Digest>& named, std::optional<uint64_t>& place) {
    const absl::string_view what = LogEntryKindName(entry.kind);
    if (place.has_value()) Fault(absl::StrCat("entry ", entry.index, " is a second ", what));
    place = entry.index;
    if (!named.has_value()) return;  // told once, in the end
    if (entry.payload.form == PayloadForm::kSha256 && entry.payload.digest == *named) return;
    Fault(absl::StrCat("the ", what, "'s SHA-256 is ", HexDigest(*named), ", in the log's entry ", entry.index, " ",
                       HexDigest(entry.payload.digest)));
  }

  void TakeRound(const LogEntry& entry) {
    const auto logged = entry.payload.form == PayloadForm::kBytes
                            ? RoundPayload::Parse(entry.payload.bytes)
                            : absl::InvalidArgumentError("its payload is elsewhere");
    if (!logged.ok()) return Fault(absl::StrCat("entry ", entry.index, ": ", std::string(logged.status().message())));
    if (next_round_ == statement_.rounds.size()) {
      return Fault(absl::StrCat("the sum of entry ", entry.index, " is not named"));
    }
    const ProvenanceRound& named = statement_.rounds[next_round_++];
    const bool is_same = named.entry == entry.index && named.step == logged->step && named.round == logged->round &&
                         named.attempt == logged->attempt && static_cast<int>(named.kind) == logged->kind &&
                         named.model == logged->model;
    if (is_same) return;
    Fault(absl::StrCat("round ", next_round_ - 1, " of its list (step ", named.step, ", round ", named.round,
                       ", attempt ", named.attempt, ", entry ", named.entry, ", model ", HexDigest(named.model),
                       ") is not what entry ", entry.index, " of the log has (step ", logged->step, ", round ",
                       logged->round, ", attempt ", logged->attempt, ", model ", HexDigest(logged->model), ")"));
  }

  void TakeEnd(const LogEntry& entry) {
    has_ended_ = true;
    const auto logged = entry.payload.form == PayloadForm::kBytes
                            ? JobEndedPayload::Parse(entry.payload.bytes)
                            : absl::InvalidArgumentError("its payload is elsewhere");
    if (!logged.ok()) return Fault(absl::StrCat("entry ", entry.index, ": ", std::string(logged.status().message())));
    if (logged->state == static_cast<int>(statement_.state) && logged->kept_round == statement_.kept_round) return;
    Fault(absl::StrCat("it says that the job is ", v1::JobState_Name(statement_.state), ", kept round ",
                       statement_.kept_round, "; in the log's entry ", entry.index, " it is ",
                       v1::JobState_Name(static_cast<v1::JobState>(logged->state)), ", kept round ",
                       logged->kept_round));
  }

  void CheckEnd() {
    const bool says_final = statement_.state != v1::JOB_WAITING && statement_.state != v1::JOB_RUNNING;
    if (says_final && !has_ended_) Fault("it says that the job is over; the log's entry of its end is not in it");
    if (!says_final && statement_.kept_round != 0) Fault("the job is not over, and keeps no round's model yet");
    if (says_final != (statement_.finished_unix_ms != 0)) Fault("the time at which the job ended and its state differ");
  }

  // The model is the one of the round that it is said to be of.
  void CheckModel() {
    if (models_.count(statement_.model) == 0) {
      Fault(absl::StrCat("the log's entries in it have no model ", HexDigest(statement_.model)));
    }
    if (statement_.round == 0) {
      if (statement_.model != statement_.start_model) Fault("its model is of no round, and not the one at the begin");
      return;
    }
    const auto made = std::find_if(statement_.rounds.begin(), statement_.rounds.end(), [&](const auto& round) {
      return IsTrainingRound(round.kind) && round.round == statement_.round;
    });
    if (made == statement_.rounds.end()) {
      Fault(absl::StrCat("it names no sum of round ", statement_.round, ", whose model it is about"));
    } else if (made->model != statement_.model) {
      Fault(absl::StrCat("the model behind round ", statement_.round, " is ", HexDigest(made->model), ", not ",
                         HexDigest(statement_.model)));
    }
  }

  // Only a job whose own bytes name a strategy that keeps more numbers may have a model that is not its parameters.
  void CheckParameters() {
    v1::JobSpec spec;
    const bool is_shown = !statement_.job_bytes.empty();
    if (is_shown && (Sha256(statement_.job_bytes) != statement_.job || !spec.ParseFromString(statement_.job_bytes))) {
      Fault("the job's bytes that it brings are not those of the job's SHA-256, or no job");
    }
    if (statement_.parameters == statement_.model) return;
    if (spec.aggregation().has_scaffold() && statement_.round != 0) return;
    Fault(absl::StrCat("its parameters are ", HexDigest(statement_.parameters), ", the model in the log is ",
                       HexDigest(statement_.model), ", and no job that it shows has a model beyond its parameters"));
  }

  // Charter and order stand in the log, in this order, before the first sum.
  void CheckPapers() {
    if (statement_.order.has_value() != order_.has_value()) {
      Fault(order_.has_value() ? "the log has an order for the job, and it names none"
                               : "it names an order; the log's entry of it is not in it");
    }
    if (statement_.charter.has_value() != charter_.has_value()) {
      Fault(charter_.has_value() ? "it brings the entry of a charter, and names none"
                                 : "it names a charter; the log's entry of it is not in it");
    }
    if (charter_.has_value() && !(order_.has_value() && *charter_ < *order_)) {
      Fault(absl::StrCat("the charter of entry ", *charter_, " stands in front of no order for the job"));
    }
    if (order_.has_value() && !statement_.rounds.empty() && *order_ > statement_.rounds.front().entry) {
      Fault(absl::StrCat("the order of entry ", *order_, " stands behind the job's first sum"));
    }
  }

  void CheckSites() {
    std::set<std::string> in_rounds, listed;
    for (const ProvenanceRound& round : statement_.rounds) in_rounds.insert(round.sites.begin(), round.sites.end());
    for (const ProvenanceSite& site : statement_.sites) {
      if (!listed.insert(site.site).second) Fault(absl::StrCat("site ", site.site, " is listed twice"));
      if (site.membership.has_value()) CheckMembership(site);
    }
    if (in_rounds != listed) Fault("its list of sites is not the sites of its rounds");
  }

  void CheckMembership(const ProvenanceSite& site) {
    const ProvenMembership& membership = *site.membership;
    const LogEntry* entry = evidence_.Find(membership.entry);
    if (entry == nullptr || entry->kind != LogEntryKind::kMember) {
      return Fault(absl::StrCat("site ", site.site, ": entry ", membership.entry, " is not in it as a member's"));
    }
    const auto took_part = std::find_if(statement_.rounds.begin(), statement_.rounds.end(), [&](const auto& round) {
      return std::find(round.sites.begin(), round.sites.end(), site.site) != round.sites.end();
    });
    if (took_part != statement_.rounds.end() && membership.entry > took_part->entry) {
      Fault(absl::StrCat("site ", site.site, " was enrolled by entry ", membership.entry,
                         ", behind its first sum, entry ", took_part->entry));
    }
    const std::vector<CommittedName> names = {membership.site.Commit(), membership.organisation.Commit()};
    if (entry->names == names) return;
    Fault(absl::StrCat("site ", site.site, " of organisation ", site.organisation,
                       ": these are not the names to which entry ", membership.entry, " of the log commits"));
  }

  const ModelProvenance& statement_;
  const ShownEvidence& evidence_;
  std::vector<std::string> faults_;
  std::set<Sha256Digest> models_;
  std::optional<uint64_t> charter_, order_;  // their entries
  size_t next_round_ = 0;
  bool has_job_ = false, has_start_ = false, has_ended_ = false;
};

void CheckExport(const ProvenanceFile& file, ProvenanceVerdict& verdict) {
  const ModelExport& made = verdict.made;
  if (made.provenance != Sha256(file.federation.payload)) {
    verdict.faults.push_back("whoever made the file states another provenance than the federation's statement in it");
  }
  if (made.parameters != verdict.statement.parameters) {
    verdict.faults.push_back(absl::StrCat("the file is made of the parameters ", HexDigest(made.parameters),
                                          ", the federation's statement is about ",
                                          HexDigest(verdict.statement.parameters)));
  }
  const bool is_member =
      std::any_of(verdict.evidence.entries.begin(), verdict.evidence.entries.end(), [&made](const LogEntry& entry) {
        return entry.kind == LogEntryKind::kMember && entry.names.size() == 1 &&
               entry.names.front().role == NameRole::kPerson && entry.payload.IsOf(made.public_key_der);
      });
  if (!is_member) {
    verdict.faults.push_back("the key that signed for the file is of nobody whose enrolment in the log it brings");
  }
}

std::vector<std::string> WordsOf(const ModelProvenance& statement) {
  std::vector<std::string> words = {
      "which sites are in the sum of a round (each of them finds its own signature there)",
      "when the job began and ended, to the millisecond"};
  if (statement.torchscript.has_value()) words.push_back("the SHA-256 of the TorchScript file, which the job names");
  if (ListsPostures(statement)) {
    words.push_back(
        "which commitment a site gave with its upload (its own ledger has it too, and nobody can open "
        "one that the site did not sign)");
  }
  for (const ProvenanceRound& round : statement.rounds) {
    if (round.sum_of_job.empty()) continue;
    words.push_back(
        absl::StrCat("that the sum of entry ", round.entry, " is an earlier one, of job ", round.sum_of_job));
  }
  for (const ProvenanceSite& site : statement.sites) {
    if (site.membership.has_value()) continue;
    words.push_back(absl::StrCat("the organisation of site ", site.site, ", whose enrolment is not in the log"));
  }
  if (statement.parameters != statement.model) {
    words.push_back("that the parameters are the beginning of what the strategy keeps as the model");
  }
  return words;
}

absl::StatusOr<ShownEvidence> CheckSignedStatement(const Envelope& envelope, const ModelProvenance& statement) {
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, LogIdentity::FromFirstEntry(statement.log.first_entry));
  ACCORD_RETURN_IF_ERROR(
      Annotate(envelope.Check(identity.public_key_der()), "the federation's statement, under its log's key"));
  return CheckLogEvidence(statement.log);
}

}  // namespace

std::vector<std::string> FaultsOfStatement(const ModelProvenance& statement, const ShownEvidence& evidence) {
  return StatementCheck(statement, evidence).Run();
}

absl::StatusOr<ModelProvenance> CheckFederationStatement(const Envelope& envelope) {
  ACCORD_ASSIGN_OR_RETURN(ModelProvenance statement, ModelProvenance::Parse(envelope.payload));
  ACCORD_ASSIGN_OR_RETURN(const ShownEvidence evidence, CheckSignedStatement(envelope, statement));
  const std::vector<std::string> faults = FaultsOfStatement(statement, evidence);
  if (!faults.empty()) return absl::InvalidArgumentError(faults.front());
  return statement;
}

absl::StatusOr<ProvenanceVerdict> CheckProvenance(const ProvenanceFile& file) {
  ACCORD_ASSIGN_OR_RETURN(ModelProvenance statement, ModelProvenance::Parse(file.federation.payload));
  ACCORD_ASSIGN_OR_RETURN(ModelExport made, ModelExport::Parse(file.file_export.payload));
  ACCORD_ASSIGN_OR_RETURN(ShownEvidence evidence, CheckSignedStatement(file.federation, statement));
  ACCORD_RETURN_IF_ERROR(
      Annotate(file.file_export.Check(made.public_key_der), "the exporter's statement, under the key that it names"));
  ProvenanceVerdict verdict{std::move(statement), std::move(made), std::move(evidence), {}, {}};
  verdict.faults = FaultsOfStatement(verdict.statement, verdict.evidence);
  CheckExport(file, verdict);
  verdict.words = WordsOf(verdict.statement);
  return verdict;
}

JobEntriesCheck::JobEntriesCheck(const ProvenanceVerdict& verdict) : verdict_(verdict) {
  for (const LogEntry& entry : verdict.evidence.entries) {
    if (entry.kind == LogEntryKind::kCharter) behind_charter_ = entry.index + 1;
    if (entry.kind == LogEntryKind::kOrder) order_ = entry.index;
  }
}

void JobEntriesCheck::See(const LogEntry& entry) {
  const bool is_covered = entry.index < verdict_.evidence.head.tree_size;
  if (entry.kind == LogEntryKind::kCharter && entry.index >= behind_charter_ && entry.index < order_) {
    faults_.push_back(absl::StrCat("the log's entry ", entry.index,
                                   " is another charter that came into force before the job's order"));
  }
  if (!is_covered || entry.subject != verdict_.statement.job_id) return;
  const LogEntry* shown = verdict_.evidence.Find(entry.index);
  if (shown != nullptr && *shown == entry) return;
  faults_.push_back(absl::StrCat("the log's entry ", entry.index, " (", LogEntryKindName(entry.kind),
                                 ") is about the job, and is left out or another one"));
}

std::vector<std::string> FaultsOfModelFile(const HashedFile& file, const ModelExport& made) {
  std::vector<std::string> faults;
  if (file.sha256 != made.sha256) {
    faults.push_back(absl::StrCat("its SHA-256 is ", HexDigest(file.sha256), ", the one that was signed for is ",
                                  HexDigest(made.sha256)));
  }
  if (made.format == "parameters" && file.content != made.parameters) {
    faults.push_back(absl::StrCat("its content digest is ", HexDigest(file.content),
                                  ", the federation's statement is about ", HexDigest(made.parameters)));
  }
  return faults;
}

}  // namespace accord
