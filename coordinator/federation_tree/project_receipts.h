// A project's side of a federation tree (trust/federation_tree): what its coordinator hands in, and the receipts that
// it enters into the project's own log, where every member and auditor finds them.
//
// Adversary: whoever brings the files, perhaps receipts of a tree of their own: to which tree the log belongs, for
// ever, says the operator with the first receipt. A tree's keeper can withhold receipts; it cannot have this log
// rewritten.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "coordinator/store/federation_log.h"
#include "trust/federation_tree/receipt.h"
#include "trust/log/log_file.h"

namespace accord {

absl::StatusOr<HeadOfLog> LastHeadFile(FederationLog& log);

struct WrittenHandIn {
  std::string text;
  LogHead head;
};
// The last head, with the proof that it continues `since`; without one, the head of the last receipt in the log, and
// where there is none the head alone. INVALID_ARGUMENT, UNAUTHENTICATED: `since` is no head of this log.
// FAILED_PRECONDITION: it is signed by this log's key and this log does not continue it: it was rewritten, or this is
// an older copy of it.
absl::StatusOr<WrittenHandIn> WriteHandIn(FederationLog& log, const std::optional<HeadOfLog>& since);

struct NamedReceipt {
  std::string where;  // in messages
  std::string text;
};
struct EnteredReceipts {
  size_t entered = 0;
  size_t known = 0;   // were in the log
  size_t passed = 0;  // are of a tick up to the last receipt's, and not in the log: they came too late for it
};
// Enters those that are not in the log yet, oldest first. `tree`: the id of the federation tree whose receipts this log
// takes; only a log that has a receipt goes without. Errors as of CheckTreeReceipt and CheckReceiptFollows;
// FAILED_PRECONDITION: of a head that this log does not continue; no tree is named, and the log has no receipt yet;
// INVALID_ARGUMENT: of another tree than named, or of a tick later than one cadence after `now`.
absl::StatusOr<EnteredReceipts> EnterReceipts(FederationLog& log, std::vector<NamedReceipt> receipts,
                                              const std::optional<Sha256Digest>& tree, absl::Time now);

}  // namespace accord
