#include "trust/provenance/signers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/judge.h"
#include "trust/charter/order_findings.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

bool IsWord(const LogEntry& entry) {
  return entry.kind == LogEntryKind::kApproval || entry.kind == LogEntryKind::kRefusal;
}

class SignersCheck {
 public:
  SignersCheck(const ModelProvenance& statement, const ShownEvidence& evidence, const GivenPapers& papers)
      : statement_(statement), evidence_(evidence), papers_(papers) {}

  Signers Run() {
    if (!CheckFiles()) return std::move(found_);
    found_.as_of = FirstSum();
    TakeWords();
    Judge();
    return std::move(found_);
  }

 private:
  void Fault(const std::string& what) { found_.faults.push_back(what); }
  void FaultAt(uint64_t entry, const std::string& what) {
    Fault(absl::StrCat("entry ", entry, " of the log: ", what));
    found_.first_wrong = std::min(found_.first_wrong.value_or(entry), entry);
  }

  const LogEntry* FindKind(LogEntryKind kind) const {
    const auto found = std::find_if(evidence_.entries.begin(), evidence_.entries.end(),
                                    [kind](const LogEntry& entry) { return entry.kind == kind; });
    return found == evidence_.entries.end() ? nullptr : &*found;
  }

  // False: these are other papers, of which nothing can be said.
  bool CheckFiles() {
    const LogEntry* const charter = FindKind(LogEntryKind::kCharter);
    const LogEntry* const order = FindKind(LogEntryKind::kOrder);
    if (!statement_.charter.has_value() || !statement_.order.has_value() || charter == nullptr || order == nullptr) {
      Fault("the job ran by no order under a charter, so that nobody signed for it");
      return false;
    }
    const Sha256Digest order_file = Sha256(papers_.order.Text());
    if (charter->payload.digest != papers_.charter_file) {
      FaultAt(charter->index,
              absl::StrCat("the charter that was in force has SHA-256 ", HexDigest(charter->payload.digest),
                           ", and the file that was given ", HexDigest(papers_.charter_file)));
    }
    if (order->payload.digest != order_file) {
      FaultAt(order->index,
              absl::StrCat("the order by which the job ran has SHA-256 ", HexDigest(order->payload.digest),
                           ", and the file that was given ", HexDigest(order_file)));
    }
    if (papers_.job_bytes.has_value() && Sha256(*papers_.job_bytes) != statement_.job) {
      Fault(absl::StrCat("the job has SHA-256 ", HexDigest(statement_.job), ", and the one that was given ",
                         HexDigest(Sha256(*papers_.job_bytes))));
    }
    return found_.faults.empty();
  }

  // What is judged is whether it might run when it did; of a job without a sum, when its order came.
  absl::Time FirstSum() {
    const LogEntry* entry = FindKind(LogEntryKind::kRound);
    if (entry == nullptr) entry = FindKind(LogEntryKind::kOrder);
    first_sum_ = entry->index;
    return absl::FromUnixMicros(static_cast<int64_t>(entry->unix_us));
  }

  void TakeWords() {
    for (const LogEntry& entry : evidence_.entries) {
      if (!IsWord(entry)) continue;
      const auto given = std::find_if(papers_.approvals.begin(), papers_.approvals.end(),
                                      [&](const auto& file) { return Sha256(file.Text()) == entry.payload.digest; });
      if (given != papers_.approvals.end()) {
        TakeWord(entry, *given);
      } else if (entry.index < first_sum_) {
        found_.not_given.push_back(entry.index);
      }
    }
    for (const SignedStatement& file : papers_.approvals) {
      const Sha256Digest hash = Sha256(file.Text());
      const bool known = std::any_of(evidence_.entries.begin(), evidence_.entries.end(), [&](const LogEntry& entry) {
        return IsWord(entry) && entry.payload.digest == hash;
      });
      if (known) continue;
      const auto said = ParseApproval(file.bytes);
      Fault(absl::StrCat("the log's entries about the job have no approval or refusal with SHA-256 ", HexDigest(hash),
                         said.ok() ? absl::StrCat(", which names ", said->by) : ""));
    }
  }

  void TakeWord(const LogEntry& entry, const SignedStatement& file) {
    const auto said = CheckHandedApproval(papers_.charter, papers_.order, {}, file, found_.as_of);
    if (!said.ok()) return FaultAt(entry.index, std::string(said.status().message()));
    if (said->approves != (entry.kind == LogEntryKind::kApproval)) {
      return FaultAt(entry.index,
                     absl::StrCat("it is entered as ", LogEntryKindName(entry.kind), ", and what was signed is ",
                                  said->approves ? "an approval" : "a refusal"));
    }
    found_.words.push_back({*said, entry.index});
    if (entry.index < first_sum_) counted_.push_back(file);
  }

  void Judge() {
    const HandedJob handed{.job_bytes = papers_.job_bytes.has_value() ? absl::string_view(*papers_.job_bytes) : "",
                           .order = papers_.order,
                           .approvals = counted_};
    const OrderFindings findings =
        ExamineOrder(papers_.charter, handed, found_.as_of, nullptr, papers_.job_bytes.has_value());
    if (!findings.organisation.empty()) found_.engineer = absl::StrCat("person/", findings.order.engineer);
    found_.organisation = findings.organisation;
    for (const std::string& fault : findings.faults) Fault(fault);
    const absl::Time begins = std::max(papers_.charter.charter().not_before(), findings.order.not_before);
    if (!found_.engineer.empty() && found_.as_of < begins) {
      FaultAt(first_sum_, absl::StrCat("it is of ", FormatUtc(found_.as_of), ", and charter and order hold from ",
                                       FormatUtc(begins), " on"));
    }
    std::vector<std::string> missing = findings.missing;
    if (!findings.few_sites.empty()) missing.push_back(findings.few_sites);
    if (missing.empty()) return;
    const std::string what =
        absl::StrCat("approvals that the charter asks for are missing: ", absl::StrJoin(missing, ", "));
    if (found_.not_given.empty()) return Fault(what);
    FaultAt(found_.not_given.front(),
            absl::StrCat(what, "; of the log's entries in front of the first sum these were not given: ",
                         absl::StrJoin(found_.not_given, ", ")));
  }

  const ModelProvenance& statement_;
  const ShownEvidence& evidence_;
  const GivenPapers& papers_;
  uint64_t first_sum_ = 0;
  std::vector<SignedStatement> counted_;
  Signers found_;
};

}  // namespace

Signers CheckSigners(const ModelProvenance& statement, const ShownEvidence& evidence, const GivenPapers& papers) {
  return SignersCheck(statement, evidence, papers).Run();
}

}  // namespace accord
