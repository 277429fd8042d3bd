#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/log_export_file.h"
#include "coordinator/commands/opened_log.h"
#include "coordinator/federation_tree/project_receipts.h"
#include "coordinator/store/federation_log.h"
#include "trust/timestamp/log_stamp.h"

namespace accord {
namespace {

constexpr int kNamesMode = 0600;

absl::StatusOr<LogHead> LastHead(FederationLog& log) {
  ACCORD_ASSIGN_OR_RETURN(const SignedLogHead head, log.rows().LastHead(log.project()));
  return log.identity().CheckHead(head);
}

// Whose it is only a checker says who knows the authority.
absl::Status ShowNewestStamp(FederationLog& log, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::optional<KeptStamp> newest, log.rows().NewestStamp(log.project()));
  if (!newest.has_value()) {
    out << "no time stamp\n";
    return absl::OkStatus();
  }
  ACCORD_ASSIGN_OR_RETURN(const LogHead head, log.identity().CheckHead(newest->head));
  ACCORD_ASSIGN_OR_RETURN(const TimeStamp stamp, ReadLogStamp(newest->head, newest->token));
  out << "last time stamp " << StampInWords(stamp) << ", on the head of " << head.tree_size
      << (head.tree_size == 1 ? " entry" : " entries") << "\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const LogHead head, LastHead(*opened.log));
  out << "id " << HexDigest(head.log_id) << "\nproject " << head.project << "\n"
      << head.tree_size << (head.tree_size == 1 ? " entry" : " entries") << ", the last head signed "
      << absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMicros(static_cast<int64_t>(head.unix_us)),
                          absl::UTCTimeZone())
      << "\nroot " << HexDigest(head.root) << "\n";
  return ShowNewestStamp(*opened.log, out);
}

absl::Status ExportLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_RETURN_IF_ERROR(WriteLogFile(*opened.log, options.out));
  out << "wrote " << options.out << ". Whoever wants to check it needs no network and believes nobody:\n"
      << "  accord audit verify " << options.out << " --log-id " << HexDigest(opened.log->identity().id()) << "\n";
  return absl::OkStatus();
}

absl::Status ExportLogNames(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const NameOpenings openings,
                          opened.log->rows().Openings(opened.log->project(), 0, std::numeric_limits<uint64_t>::max()));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, WriteNameOpenings(openings), kNamesMode));
  out << "wrote " << options.out << ", the names in the log. It is for those who may know them:\n"
      << "  accord audit verify LOG --names " << options.out << "\n";
  return absl::OkStatus();
}

absl::Status WriteLogHeadFile(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const HeadOfLog head, LastHeadFile(*opened.log));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, head.Write()));
  out << "wrote " << options.out << ", the last head of the log " << HexDigest(opened.log->identity().id()) << "\n";
  return absl::OkStatus();
}

absl::Status HandInLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  std::optional<HeadOfLog> since;
  if (!options.since.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.since, kMaxLogProofFileBytes));
    auto parsed = HeadOfLog::Parse(text);
    if (!parsed.ok()) return Annotate(parsed.status(), options.since);
    since = *std::move(parsed);
  }
  ACCORD_ASSIGN_OR_RETURN(const WrittenHandIn hand_in, WriteHandIn(*opened.log, since));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, hand_in.text));
  out << "wrote " << options.out << ": the head of " << hand_in.head.tree_size
      << (hand_in.head.tree_size == 1 ? " entry" : " entries") << ", for the federation tree\n";
  return absl::OkStatus();
}

absl::Status TakeReceipts(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  std::optional<Sha256Digest> tree;
  if (!options.tree_id.empty()) {
    const auto id = ParseHexDigest(options.tree_id);
    if (!id.ok()) return Annotate(id.status(), "--tree-id");
    tree = *id;
  }
  std::vector<NamedReceipt> receipts;
  for (const std::string& path : options.files) {
    ACCORD_ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxTreeReceiptBytes));
    receipts.push_back({path, std::move(text)});
  }
  ACCORD_ASSIGN_OR_RETURN(const EnteredReceipts counted,
                          EnterReceipts(*opened.log, std::move(receipts), tree, Clock::System().Now()));
  out << counted.entered << " of " << options.files.size() << " receipts were entered into the log; " << counted.known
      << " were in it; " << counted.passed << " are older than the last that is in it, and were passed over\n";
  return absl::OkStatus();
}

}  // namespace accord
