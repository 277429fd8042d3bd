// Files of transparency logs (trust/log/log_file.h) as the audit commands read them: whole logs line by line, the
// others at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/audit/line_file.h"
#include "trust/federation_tree/receipt.h"
#include "trust/log/log_check.h"
#include "trust/log/log_file.h"

namespace accord {

// A whole log's file while it is checked. Not thread-safe.
class LogReader {
 public:
  // NOT_FOUND: there is no such file.
  static absl::StatusOr<std::unique_ptr<LogReader>> Open(const std::string& path,
                                                         std::vector<KnownHead> known_heads = {},
                                                         WholeLogCheck::EntryVisitor visitor = nullptr,
                                                         WholeLogCheck::StampVisitor stamp_visitor = nullptr);

  // The line of the next entry, valid until the next call. Nothing where the file ends or is wrong; check() then says
  // which.
  std::optional<absl::string_view> NextEntry();
  const WholeLogCheck& check() const { return check_; }

 private:
  LogReader(LineFile file, WholeLogCheck check) : file_(std::move(file)), check_(std::move(check)) {}

  LineFile file_;
  WholeLogCheck check_;
};

// What a file says it is by its first line.
enum class LogFileKind { kWholeLog, kEntryProof, kConsistency, kHead, kNames, kEvidence, kProvenance, kTreeReceipt };
// INVALID_ARGUMENT: none of them.
absl::StatusOr<LogFileKind> KindOfLogFile(const std::string& path);

// What a proof or head file shows, or a file of evidence, with the heads in it.
struct ShownFile {
  LogIdentity identity;
  std::vector<SignedLogHead> signed_heads;
  std::vector<LogHead> heads;     // the same, checked
  std::optional<LogEntry> entry;  // of an entry's proof
  std::optional<ShownReceipt> receipt;  // of a federation tree; the head is the project's
};
// INVALID_ARGUMENT or UNAUTHENTICATED, with the path: the file does not show what it is for.
absl::StatusOr<ShownFile> ReadShownFile(const std::string& path, LogFileKind kind);

}  // namespace accord
