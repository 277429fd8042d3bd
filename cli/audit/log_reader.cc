#include "cli/audit/log_reader.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/evidence.h"
#include "base/status.h"

namespace accord {
namespace {

absl::StatusOr<ShownFile> ShowEntry(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const EntryProof proof, EntryProof::Parse(text));
  ACCORD_ASSIGN_OR_RETURN(ShownEntry shown, CheckEntryProof(proof));
  return ShownFile{
      std::move(shown.identity), {proof.head}, {std::move(shown.head)}, std::move(shown.entry), std::nullopt};
}

absl::StatusOr<ShownFile> ShowConsistency(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const ConsistencyProof proof, ConsistencyProof::Parse(text));
  ACCORD_ASSIGN_OR_RETURN(ShownConsistency shown, CheckConsistencyProof(proof));
  return ShownFile{std::move(shown.identity),
                   {proof.earlier, proof.later},
                   {std::move(shown.earlier), std::move(shown.later)},
                   std::nullopt,
                   std::nullopt};
}

absl::StatusOr<ShownFile> ShowHead(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const HeadOfLog file, HeadOfLog::Parse(text));
  ACCORD_ASSIGN_OR_RETURN(LogIdentity identity, LogIdentity::FromFirstEntry(file.first_entry));
  ACCORD_ASSIGN_OR_RETURN(LogHead head, identity.CheckHead(file.head));
  return ShownFile{std::move(identity), {file.head}, {std::move(head)}, std::nullopt, std::nullopt};
}

absl::StatusOr<ShownFile> ShowReceipt(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const TreeReceipt receipt, TreeReceipt::Parse(text));
  ACCORD_ASSIGN_OR_RETURN(ShownReceipt shown, CheckTreeReceipt(receipt));
  return ShownFile{shown.project, {receipt.committed.head}, {shown.head}, std::nullopt, std::move(shown)};
}

// The head that its writer took part under.
absl::StatusOr<ShownFile> ShowEvidence(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const secure::EvidenceFile file, secure::ParseEvidence(text));
  if (!file.evidence.log_head.has_value()) {
    return absl::InvalidArgumentError("this evidence has no head of a log in it");
  }
  return ShowHead(file.evidence.log_head->Write());
}

absl::StatusOr<ShownFile> Show(absl::string_view text, LogFileKind kind) {
  switch (kind) {
    case LogFileKind::kEntryProof:
      return ShowEntry(text);
    case LogFileKind::kConsistency:
      return ShowConsistency(text);
    case LogFileKind::kHead:
      return ShowHead(text);
    case LogFileKind::kEvidence:
      return ShowEvidence(text);
    case LogFileKind::kTreeReceipt:
      return ShowReceipt(text);
    case LogFileKind::kWholeLog:
    case LogFileKind::kNames:
    case LogFileKind::kProvenance:
      break;
  }
  return absl::InvalidArgumentError("expected a head, or the proof of an entry or of consistency");
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::Open(const std::string& path, std::vector<KnownHead> known_heads,
                                                           WholeLogCheck::EntryVisitor visitor,
                                                           WholeLogCheck::StampVisitor stamp_visitor) {
  ACCORD_ASSIGN_OR_RETURN(LineFile file, LineFile::Open(path, kMaxLogLineBytes));
  return std::unique_ptr<LogReader>(new LogReader(
      std::move(file), WholeLogCheck(std::move(known_heads), std::move(visitor), std::move(stamp_visitor))));
}

std::optional<absl::string_view> LogReader::NextEntry() {
  while (!check_.fault().has_value()) {
    absl::string_view line;
    const absl::StatusOr<bool> more = file_.Next(line);
    if (!more.ok()) {
      check_.Fail(more.status().message());
    } else if (!*more) {
      check_.Finish();
      return std::nullopt;
    } else if (check_.Take(line) && absl::StartsWith(line, "entry: ")) {
      return line;
    }
  }
  return std::nullopt;
}

absl::StatusOr<LogFileKind> KindOfLogFile(const std::string& path) {
  constexpr size_t kMaxTitle = 64;
  ACCORD_ASSIGN_OR_RETURN(LineFile file, LineFile::Open(path, kMaxTitle));
  absl::string_view title;
  const absl::StatusOr<bool> read = file.Next(title);
  const std::pair<absl::string_view, LogFileKind> kinds[] = {{kLogTitle, LogFileKind::kWholeLog},
                                                             {kEntryProofTitle, LogFileKind::kEntryProof},
                                                             {kConsistencyTitle, LogFileKind::kConsistency},
                                                             {kLogHeadTitle, LogFileKind::kHead},
                                                             {kLogNamesTitle, LogFileKind::kNames},
                                                             {secure::kEvidenceTitle, LogFileKind::kEvidence},
                                                             {kTreeReceiptTitle, LogFileKind::kTreeReceipt},
                                                             {"{", LogFileKind::kProvenance}};
  for (const auto& [known, kind] : kinds) {
    if (read.ok() && *read && title == known) return kind;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": its first line is none of ", kLogTitle, ", ", kEntryProofTitle, ", ", kConsistencyTitle, ", ",
      kLogHeadTitle, ", ", kTreeReceiptTitle, ": it is no file of a log, or was changed on its way"));
}

absl::StatusOr<ShownFile> ReadShownFile(const std::string& path, LogFileKind kind) {
  ACCORD_ASSIGN_OR_RETURN(
      const std::string text,
      ReadFile(path, kind == LogFileKind::kEvidence ? secure::kMaxEvidenceBytes : kMaxLogProofFileBytes));
  auto shown = Show(text, kind);
  if (!shown.ok()) return Annotate(shown.status(), path);
  return shown;
}

}  // namespace accord
