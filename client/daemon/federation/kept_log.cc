#include "client/daemon/federation/kept_log.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/hash_named_file.h"
#include "base/status.h"
#include "client/daemon/federation/log_growth.h"
#include "client/daemon/federation/log_pin.h"
#include "client/daemon/governance/count_files.h"

namespace accord {
namespace {

// A keeper that signs heads without end does not fill the disk.
constexpr size_t kMostEvidenceFiles = 1'000;
// Plans that may come again. Beyond, all are forgotten: then one that comes again late is refused, and its job goes on
// with its next attempt.
constexpr size_t kMostTakenPlans = 1'000;

// NOT_FOUND: there is no such file. INVALID_ARGUMENT or UNAUTHENTICATED: it is not what this site wrote.
absl::StatusOr<HeadOfLog> ReadHeadFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxLogProofFileBytes));
  return HeadOfLog::Parse(text);
}

}  // namespace

KeptLog::KeptLog(const v1::SiteConfig& config, EgressLedger* ledger, Clock& clock)
    : folder_(config.state_dir()),
      config_id_(config.log_id()),
      require_pin_(config.floors().require_pinned_log()),
      ledger_(ledger),
      clock_(clock),
      history_(kGreetingToPlan, clock) {}

absl::StatusOr<std::unique_ptr<KeptLog>> KeptLog::Open(const v1::SiteConfig& config, EgressLedger* ledger,
                                                       Clock& clock) {
  auto log = std::unique_ptr<KeptLog>(new KeptLog(config, ledger, clock));
  ACCORD_RETURN_IF_ERROR(log->RestoreContradiction());
  ACCORD_RETURN_IF_ERROR(log->Restore(ledger == nullptr ? std::nullopt : ledger->log_memory()));
  return log;
}

absl::StatusOr<std::unique_ptr<KeptLog>> KeptLog::Look(const v1::SiteConfig& config, Clock& clock) {
  auto log = std::unique_ptr<KeptLog>(new KeptLog(config, nullptr, clock));
  ACCORD_RETURN_IF_ERROR(log->RestoreContradiction());
  ACCORD_RETURN_IF_ERROR(log->Restore(ReadLogMemory(log->folder_.EgressFile(), config.site())));
  return log;
}

absl::Status KeptLog::RestoreContradiction() {
  const std::string path = folder_.LogContradictionFile();
  const auto file = ReadHeadFile(path);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  contradicted_ = absl::AbortedError(
      absl::StrCat("the keeper of the federation's log has signed two stories: ", folder_.LogHeadFile(), " and ", path,
                   " convict it (accord audit compare). This site takes no plan any more; speak with the other sites"));
  if (!file.ok()) return absl::OkStatus();  // somebody meant it to be there
  const auto identity = LogIdentity::FromFirstEntry(file->first_entry);
  if (identity.ok()) contradicted_log_ = identity->id();
  return absl::OkStatus();
}

absl::Status KeptLog::Restore(const absl::StatusOr<std::optional<HeadOfLog>>& ledger) {
  const auto take = [this](const HeadOfLog& head) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, LogIdentity::FromFirstEntry(head.first_entry));
    ACCORD_ASSIGN_OR_RETURN(LogWitness restored, LogWitness::Restore(identity.id(), head));
    // Of another log the file is the later one: it was on the disk before the first plan under that log was taken.
    if (witness_.has_value() && (*log_id_ != identity.id() || witness_->kept_size() >= restored.kept_size())) {
      return absl::OkStatus();
    }
    log_id_ = identity.id();
    witness_ = std::move(restored);
    history_.StartAgain();
    history_.Took(witness_->kept_size());
    return absl::OkStatus();
  };
  const auto file = ReadHeadFile(folder_.LogHeadFile());
  const absl::Status taken = file.ok() ? take(*file) : file.status();
  if (ledger.ok() && ledger->has_value()) {
    ACCORD_RETURN_IF_ERROR(Annotate(take(**ledger), "the head of the federation's log in the ledger of what left"));
  }
  // The ledger makes up for a damaged file, which the next head replaces.
  if (witness_.has_value()) return absl::OkStatus();
  if (!ledger.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder_.LogHeadFile(), ": ", taken.message(),
        ". The ledger of what left may know what this site has seen of the federation's log, and cannot be read (",
        ledger.status().message(),
        "): forget nothing yet; start the daemon, which goes on from the ledger or says what to do with it"));
  }
  if (absl::IsNotFound(taken)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      folder_.LogHeadFile(), ": ", taken.message(),
      ". It says how far this site has seen the federation's log: put it back from a copy; if there is none, "
      "accord-client log forget begins anew with what the coordinator shows next"));
}

const std::optional<HeadOfLog>& KeptLog::head() const {
  static const auto& none = *new std::optional<HeadOfLog>();
  return witness_.has_value() ? witness_->kept() : none;
}

std::optional<HeadOfLog> KeptLog::Named(const v1::SignedLogHead& head) const {
  if (head.head().empty()) return std::nullopt;
  // The kept one's signature was checked; of the same bytes sent again nobody looks at it.
  if (this->head().has_value() && this->head()->head.bytes == head.head()) return this->head();
  const SignedLogHead named{head.head(), head.signature()};
  // A later greeting that names no log, or another one, takes nothing away.
  const auto parsed = ParseLogHead(named.bytes);
  const bool of_kept_log = parsed.ok() && this->head().has_value() && parsed->log_id == *log_id_;
  if (of_kept_log) return HeadOfLog{this->head()->first_entry, named};
  if (!identity_.has_value()) return std::nullopt;
  return HeadOfLog{identity_->first_entry(), named};
}

absl::Status KeptLog::CheckLog(const Sha256Digest& id) const {
  if (IsContradicted(id)) return contradicted_;
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadLogPin(folder_, config_id_));
  const std::string shown = HexDigest(id);
  if (!pin.empty()) {
    if (pin == shown) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat("the coordinator keeps the log ", shown,
                                                      ", and this site is pinned to another one, ", pin,
                                                      ": if the federation began a new log, every site pins it "
                                                      "(accord-client log pin ID --replace)"));
  }
  if (require_pin_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the config says floors.require_pinned_log, and no log is pinned; the coordinator keeps the log ",
                     shown, ": compare this id with the other sites' and pin it (accord-client log pin ID)"));
  }
  if (log_id_.has_value() && *log_id_ != id) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the coordinator keeps the log ", shown, ", and this site was shown another one before, ", HexDigest(*log_id_),
        ": if the federation began a new log, every site pins it (accord-client log pin ID --replace)"));
  }
  return absl::OkStatus();
}

absl::Status KeptLog::CheckDate(const LogHead& head) const {
  const absl::Time now = clock_.Now();
  const uint64_t latest_us = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMicros(now + kMostHeadSkew)));
  if (head.unix_us <= latest_us) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the coordinator's head of the federation's log, of ", EntriesOfLog(head.tree_size), ", is dated ",
                   absl::FormatTime(absl::RFC3339_sec, absl::FromUnixMicros(static_cast<int64_t>(head.unix_us)),
                                    absl::UTCTimeZone()),
                   ", which this machine's clock (", absl::FormatTime(absl::RFC3339_sec, now, absl::UTCTimeZone()),
                   ") has not reached: set the clock, or have the coordinator's operator set theirs"));
}

KeptLog::Seen KeptLog::See(const LogIdentity& identity, const v1::SignedLogHead& head,
                           const v1::LogProof* proof) const {
  Seen seen;
  seen.status = CheckLog(identity.id());
  if (!seen.status.ok()) return seen;
  // Another log than the kept one is here only where it was pinned since.
  const bool continues = witness_.has_value() && *log_id_ == identity.id();
  seen.witness = continues ? *witness_ : LogWitness(identity.id());
  const auto shown = ParseLogHead(head.head());
  if (!shown.ok()) {
    seen.status = shown.status();
    return seen;
  }
  const bool is_kept = continues && witness_->kept().has_value() && witness_->kept()->head.bytes == head.head();
  if (is_kept) {
    seen.status = CheckDate(*shown);
    return seen;
  }
  const uint64_t kept = seen.witness->kept_size();
  auto hashes = ProofBetween(kept, shown->tree_size, proof);
  if (!hashes.ok()) {
    seen.status = hashes.status();
    return seen;
  }
  const auto newer = seen.witness->See({identity.first_entry(), {head.head(), head.signature()}}, *hashes);
  if (newer.ok()) {
    seen.is_newer = *newer;
    seen.status = CheckDate(*shown);  // two stories convict whatever their dates
  } else if (absl::IsInvalidArgument(newer.status()) && shown->log_id == identity.id() && kept != 0) {
    seen.status = absl::InvalidArgumentError(
        absl::StrCat("the federation's log was not only added to: this site has seen ", EntriesOfLog(kept),
                     " of it, and the coordinator's head of ", EntriesOfLog(shown->tree_size), " is of another log (",
                     newer.status().message(), "): ", kWasItRestored));
  } else {
    seen.status = newer.status();
  }
  return seen;
}

absl::Status KeptLog::Keep(const v1::SignedLogHead& head, const v1::LogProof* proof) {
  if (!identity_.has_value()) {
    return absl::FailedPreconditionError("the coordinator did not say which log of the federation it keeps");
  }
  if (head.head().empty()) {
    return absl::FailedPreconditionError("the coordinator names no head of the federation's log");
  }
  Seen seen = See(*identity_, head, proof);
  if (absl::IsAborted(seen.status) && seen.witness.has_value()) return Contradicts(seen);
  if (absl::IsInvalidArgument(seen.status) || IsOlderAndUnproven(seen.status, head)) {
    return WithShownHead(seen.status, head);
  }
  ACCORD_RETURN_IF_ERROR(seen.status);
  if (seen.is_newer) ACCORD_RETURN_IF_ERROR(WriteDown(*seen.witness->kept()));
  witness_ = *std::move(seen.witness);
  if (log_id_ != identity_->id()) history_.StartAgain();
  log_id_ = identity_->id();
  history_.Took(witness_->kept_size());
  return absl::OkStatus();
}

absl::Status KeptLog::WriteDown(const HeadOfLog& head) {
  const bool first = !witness_.has_value() || witness_->kept()->first_entry != head.first_entry;
  const bool alone = ledger_ == nullptr || first;
  ACCORD_RETURN_IF_ERROR(Annotate(WriteFileAtomically(folder_.LogHeadFile(), head.Write(), 0600,
                                                      alone ? Durability::kDurable : Durability::kVisible),
                                  "this site cannot keep the head of the federation's log, so it takes no plan"));
  if (ledger_ != nullptr) ledger_->LogGrows(head);
  return absl::OkStatus();
}

absl::Status KeptLog::Contradicts(const Seen& seen) {
  const std::string path = folder_.LogContradictionFile();
  // Beside the head that it contradicts, which a power cut may have cost.
  absl::Status written = WriteFileAtomically(folder_.LogHeadFile(), witness_->kept()->Write(), 0600);
  if (written.ok()) written = WriteFileAtomically(path, seen.witness->contradiction()->Write(), 0600);
  contradicted_ = absl::AbortedError(absl::StrCat(
      seen.status.message(), ": ",
      written.ok() ? absl::StrCat(folder_.LogHeadFile(), " and ", path,
                                  " convict whoever keeps the log (accord audit compare). Speak with the other sites")
                   : absl::StrCat("what proves it could not be kept: ", written.message())));
  contradicted_log_ = identity_->id();
  return contradicted_;
}

// An honest coordinator never shows less than a site keeps without the proof that it is a beginning of that.
bool KeptLog::IsOlderAndUnproven(const absl::Status& why, const v1::SignedLogHead& head) const {
  const auto shown = ParseLogHead(head.head());
  return absl::IsUnavailable(why) && shown.ok() && shown->tree_size < size();
}

absl::Status KeptLog::WithShownHead(const absl::Status& why, const v1::SignedLogHead& head) const {
  const SignedLogHead shown{head.head(), head.signature()};
  if (!identity_->CheckHead(shown).ok()) return why;
  const auto kept = CountFiles(folder_.EvidenceFolder(), "", ".log-head");
  if (!kept.ok() || *kept >= kMostEvidenceFiles) return why;
  const auto path =
      WriteHashNamedFile(folder_.EvidenceFolder(), ".log-head", HeadOfLog{identity_->first_entry(), shown}.Write());
  return {why.code(),
          absl::StrCat(
              why.message(), "; ",
              path.ok() ? absl::StrCat("the head that was shown, with its signature, is ",
                                       std::filesystem::path(*path).filename().string(), " among this site's evidence")
                        : absl::StrCat("the head that was shown could not be kept: ", path.status().message()))};
}

absl::Status KeptLog::Greeted(const v1::Welcome& welcome) {
  proof_.reset();
  greeting_ = welcome;
  greeting_.clear_signed_roster();
  greeting_taken_ = false;
  identity_.reset();
  auto identity = LogIdentity::FromFirstEntry(welcome.log_first_entry());
  if (!identity.ok()) {
    trouble_ = Annotate(identity.status(), "the coordinator does not say which log of the federation it keeps");
    return trouble_;
  }
  identity_ = *std::move(identity);
  return MayBegin();
}

absl::Status KeptLog::MayBegin() {
  if (!identity_.has_value()) return trouble_;
  if (greeting_taken_) return CheckLog(identity_->id());
  trouble_ = Keep(greeting_.log_head(), greeting_.has_log_proof() ? &greeting_.log_proof() : nullptr);
  greeting_taken_ = trouble_.ok();
  // A proof from a smaller size than is kept by now: the plan's refusal says the right one.
  if (absl::IsUnavailable(trouble_) && IsProvenFromEarlier()) trouble_ = absl::OkStatus();
  return trouble_;
}

bool KeptLog::IsProvenFromEarlier() const {
  const auto shown = identity_->CheckHead({greeting_.log_head().head(), greeting_.log_head().signature()});
  return shown.ok() && greeting_.has_log_proof() && shown->tree_size > size() && greeting_.log_proof().first() < size();
}

absl::Status KeptLog::Stands() const {
  ACCORD_RETURN_IF_ERROR(trouble_);
  if (!identity_.has_value() || !greeting_taken_) {
    return absl::UnavailableError("the coordinator has not shown yet that it keeps the log which this site has seen");
  }
  return CheckLog(identity_->id());
}

absl::Status KeptLog::LookAt(const v1::Welcome& welcome) const {
  const auto identity = LogIdentity::FromFirstEntry(welcome.log_first_entry());
  if (!identity.ok()) {
    return Annotate(identity.status(), "the coordinator does not say which log of the federation it keeps");
  }
  return See(*identity, welcome.log_head(), welcome.has_log_proof() ? &welcome.log_proof() : nullptr).status;
}

absl::Status KeptLog::Take(const v1::Plan& plan) {
  const std::optional<v1::LogProof> proof = std::exchange(proof_, std::nullopt);
  trouble_ = Keep(plan.log_head(), proof.has_value() ? &*proof : nullptr);
  greeting_taken_ |= trouble_.ok();
  ACCORD_RETURN_IF_ERROR(trouble_);
  // All of it: a plan of nothing that was sent ahead opens the way for no other one.
  const Sha256Digest hash = Sha256(plan.SerializeAsString());
  const auto last = taken_.find(plan.id().job_id());
  if (last != taken_.end() && last->second == hash) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(CheckNotOutdated(plan.log_head()));
  if (taken_.size() >= kMostTakenPlans) taken_.clear();
  taken_[plan.id().job_id()] = hash;
  return absl::OkStatus();
}

// Says nothing against the coordinator's log, so it is no trouble_: the attempt alone is refused.
absl::Status KeptLog::CheckNotOutdated(const v1::SignedLogHead& head) const {
  ACCORD_ASSIGN_OR_RETURN(const LogHead named, ParseLogHead(head.head()));
  const uint64_t known = history_.EntriesBefore(kGreetingToPlan);
  if (named.tree_size >= known) return absl::OkStatus();
  return WithShownHead(
      absl::FailedPreconditionError(absl::StrCat(
          "the plan names the federation's log of ", EntriesOfLog(named.tree_size), ", and for more than ",
          absl::FormatDuration(kGreetingToPlan), " this site has known ", EntriesOfLog(known),
          ": whoever has two logs could go on with sites of both from what they have in common. An attempt that begins "
          "now names a newer head")),
      head);
}

std::string KeptLog::InWords() const {
  constexpr char kNone[] = "NO PLAN IS TAKEN: ";
  if (!trouble_.ok()) return absl::StrCat(kNone, trouble_.message());
  const auto pin = ReadLogPin(folder_, config_id_);
  if (!pin.ok()) return absl::StrCat(kNone, pin.status().message());
  const std::string id = log_id_.has_value() ? HexDigest(*log_id_) : "";
  if (id.empty() || (!pin->empty() && *pin != id)) {
    return pin->empty() ? "none was shown yet" : absl::StrCat(*pin, " is pinned; none was shown yet");
  }
  if (IsContradicted(*log_id_)) return absl::StrCat(kNone, contradicted_.message());
  return absl::StrCat(id, ", ", EntriesOfLog(size()),
                      *pin == id
                          ? ", as pinned"
                          : ", as the coordinator showed it first: compare the id with the other sites' and pin it "
                            "(accord-client log pin)");
}

bool KeptLog::IsContradicted(const Sha256Digest& id) const {
  return !contradicted_.ok() && (!contradicted_log_.has_value() || *contradicted_log_ == id);
}

}  // namespace accord
