#include "trust/federation_tree/receipt.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/charter/utc_time.h"
#include "trust/log/file_lines.h"
#include "trust/log/log_check.h"

namespace accord {
namespace {

constexpr absl::string_view kSalt = "salt: ";
constexpr absl::string_view kOf = "of: ";
constexpr absl::string_view kCommitted = "committed: ";
constexpr absl::string_view kFirst = "first: ";
constexpr absl::string_view kEntry = "entry: ";
constexpr absl::string_view kPath = "path: ";
constexpr absl::string_view kHead = "head: ";

}  // namespace

std::string TreeReceipt::Write() const {
  const std::string proof = in_tree.Write();
  return absl::StrCat(kTreeReceiptTitle, "\n", kSalt, HexDigest(salt), "\n", kOf,
                      absl::Base64Escape(committed.first_entry), "\n", kCommitted,
                      absl::Base64Escape(committed.head.bytes), " | ", absl::Base64Escape(committed.head.signature),
                      "\n", absl::StripPrefix(proof, absl::StrCat(kEntryProofTitle, "\n")));
}

absl::StatusOr<TreeReceipt> TreeReceipt::Parse(absl::string_view text) {
  ACCORD_RETURN_IF_ERROR(CheckLinesSize(text, kMaxTreeReceiptBytes));
  FileLines lines(text, kTreeReceiptTitle);
  TreeReceipt receipt;
  receipt.salt = lines.Take(kSalt, ParseHexDigest);
  receipt.committed.first_entry = lines.Take(kOf, ParseBase64);
  receipt.committed.head = lines.Take(kCommitted, ReadLogHeadValue);
  receipt.in_tree.first_entry = lines.Take(kFirst, ParseBase64);
  receipt.in_tree.entry = lines.Take(kEntry, ReadLogEntryValue).bytes;
  receipt.in_tree.path = lines.TakePath(kPath);
  receipt.in_tree.head = lines.Take(kHead, ReadLogHeadValue);
  ACCORD_RETURN_IF_ERROR(lines.Finish());
  return receipt;
}

absl::StatusOr<ShownReceipt> CheckTreeReceipt(const TreeReceipt& receipt) {
  ACCORD_ASSIGN_OR_RETURN(LogIdentity project, LogIdentity::FromFirstEntry(receipt.committed.first_entry));
  ACCORD_ASSIGN_OR_RETURN(LogHead head, project.CheckHead(receipt.committed.head));
  auto in_tree = CheckEntryProof(receipt.in_tree);
  if (!in_tree.ok()) return Annotate(in_tree.status(), "the federation tree");
  ACCORD_ASSIGN_OR_RETURN(const SlotEntry slot, ReadSlotEntry(in_tree->entry));
  if (SlotPayload::OfHead(slot.payload.terms, receipt.salt, receipt.committed.head.bytes) != slot.payload) {
    return absl::InvalidArgumentError(
        absl::StrCat("entry ", in_tree->entry.index,
                     " of the federation tree is no commitment to this head: the salt, the head or the entry is "
                     "another's"));
  }
  return ShownReceipt{std::move(project), std::move(head), std::move(in_tree->identity), std::move(in_tree->head),
                      slot};
}

std::string ReceiptInWords(const SlotEntry& slot) {
  return absl::StrCat("the receipt of ", FormatUtc(absl::FromUnixMicros(static_cast<int64_t>(slot.tick_us))));
}

ReceiptPlace PlaceOf(const ShownReceipt& shown) {
  return {shown.project.id(), shown.tree.id(), shown.slot, shown.head.tree_size};
}

absl::Status CheckReceiptFollows(const ShownReceipt& earlier, const ShownReceipt& later) {
  return CheckReceiptFollows(PlaceOf(earlier), PlaceOf(later));
}

absl::Status CheckReceiptFollows(const ReceiptPlace& earlier, const ReceiptPlace& later) {
  const std::string which = absl::StrCat(ReceiptInWords(later.slot), ": ");
  if (earlier.project_id != later.project_id) {
    return absl::InvalidArgumentError(absl::StrCat(which, "it is of the log ", HexDigest(later.project_id),
                                                   ", the one before of ", HexDigest(earlier.project_id)));
  }
  if (earlier.tree_id != later.tree_id) {
    return absl::AbortedError(absl::StrCat(which, "it is of the federation tree ", HexDigest(later.tree_id),
                                           ", the one before of ", HexDigest(earlier.tree_id),
                                           ": a project is in one tree, for ever"));
  }
  if (earlier.slot.slot != later.slot.slot || earlier.slot.payload.terms != later.slot.payload.terms) {
    return absl::AbortedError(absl::StrCat(which, "it is in slot ", later.slot.slot, ", the one before in slot ",
                                           earlier.slot.slot,
                                           ": a project has one slot for ever, so the tree's keeper has committed to "
                                           "it twice. Keep both files: they convict whoever holds the tree's key"));
  }
  if (later.slot.tick_us <= earlier.slot.tick_us) {
    return absl::InvalidArgumentError(absl::StrCat(which, "it is not later than ", ReceiptInWords(earlier.slot)));
  }
  if (later.num_entries >= earlier.num_entries) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(which, "it is of a head of ", later.num_entries,
                                                 " entries, the one before of ", earlier.num_entries));
}

}  // namespace accord
