// What a project gets back from a federation tree: that its log's head was committed to, at which tick, in which slot.
//
//   accord-tree-receipt-v1
//   salt: HEX                      the commitment's opening,
//   of: BASE64                     the first entry of the project's log,
//   committed: BASE64 | BASE64     and its head, with the signature
//   first: BASE64                  and that the tree has the commitment, as in accord-log-entry-v1 (trust/log/log_file.h)
//   entry: HEX | BASE64
//   path: HEX
//   head: BASE64 | BASE64
//
// It goes into the project's own log, as the payload of an entry of kind `receipt`, and to nobody outside the project:
// it names the project.
//
// Adversary: whoever made the file. The work is bounded by the file's size, and a receipt has one spelling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/federation_tree/tree_terms.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"

namespace accord {

inline constexpr absl::string_view kTreeReceiptTitle = "accord-tree-receipt-v1";
inline constexpr size_t kMaxTreeReceiptBytes = size_t{16} << 10;
static_assert(kMaxTreeReceiptBytes < kMaxLogPayloadBytes);

struct TreeReceipt {
  CommitmentSalt salt = {};
  HeadOfLog committed;  // of the project's log
  EntryProof in_tree;

  std::string Write() const;
  // INVALID_ARGUMENT with the number of the line. Says nothing yet about what the file proves.
  static absl::StatusOr<TreeReceipt> Parse(absl::string_view text);
};

// What a receipt shows, whoever brought it: that the tree's key signed a head over this commitment, and it opens as a
// head that the key of the project's log signed.
struct ShownReceipt {
  LogIdentity project;
  LogHead head;  // of the project's log
  LogIdentity tree;
  LogHead tree_head;
  SlotEntry slot;
};
// INVALID_ARGUMENT, UNAUTHENTICATED: it shows nothing, with the reason.
absl::StatusOr<ShownReceipt> CheckTreeReceipt(const TreeReceipt& receipt);
// "the receipt of 2027-01-01T00:00:00Z"
std::string ReceiptInWords(const SlotEntry& slot);

// What of a receipt its order among one project's goes by; a small part of it.
struct ReceiptPlace {
  Sha256Digest project_id = {};
  Sha256Digest tree_id = {};
  SlotEntry slot;
  uint64_t num_entries = 0;  // of the project's log
};
ReceiptPlace PlaceOf(const ShownReceipt& shown);

// That `later` can follow `earlier` among one project's receipts. INVALID_ARGUMENT: they are of two projects, or not in
// this order. ABORTED: of two trees, or two slots of one: the tree's keeper has committed to the project twice, and
// both files convict it. Whether one log has both heads only the log shows.
absl::Status CheckReceiptFollows(const ReceiptPlace& earlier, const ReceiptPlace& later);
absl::Status CheckReceiptFollows(const ShownReceipt& earlier, const ShownReceipt& later);

}  // namespace accord
