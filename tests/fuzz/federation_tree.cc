// What a federation tree and its projects exchange. The first byte of the input says what it is: 'r' the file of a
// receipt, 'h' what a project hands in, 's' the payload of a slot, 't' the entries of a tree, each behind its length.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/fields.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/trust/federation_tree/example_tree.h"
#include "tests/trust/log/example_log.h"
#include "trust/federation_tree/hand_in.h"
#include "trust/federation_tree/receipt.h"
#include "trust/federation_tree/tree_terms.h"

namespace accord::fuzz::federation_tree {
namespace {

const ExampleLog& Log() {
  static const auto& log = *new ExampleLog("heart", 9);
  return log;
}

bool TakeReceipt(absl::string_view text) {
  const absl::StatusOr<TreeReceipt> receipt = TreeReceipt::Parse(text);
  if (!receipt.ok()) return false;
  Require(receipt->Write() == text, "a receipt has one spelling");
  const absl::StatusOr<ShownReceipt> shown = CheckTreeReceipt(*receipt);
  if (!shown.ok()) return false;
  Require(SlotPayload::OfHead(shown->slot.payload.terms, receipt->salt, receipt->committed.head.bytes) ==
              shown->slot.payload,
          "a receipt opens its commitment");
  Require(shown->slot.slot < shown->slot.payload.terms.slots, "a slot is one of the tree's");
  Require(!CheckReceiptFollows(*shown, *shown).ok(), "a receipt does not follow itself");
  return true;
}

bool TakeHandIn(absl::string_view text) {
  const JudgedHandIn judged = JudgeHandIn(Log().identity(), Log().HeadFile(5), text);
  Require(judged.words.empty() == (judged.kind == JudgedHandIn::Kind::kTaken), "what is refused is told why");
  if (judged.kind == JudgedHandIn::Kind::kForeign) return false;
  const absl::StatusOr<LogHead> head = Log().identity().CheckHead(judged.head.head);
  Require(head.ok(), "what is looked at is signed by the log's key");
  const bool is_taken = judged.kind == JudgedHandIn::Kind::kTaken;
  Require(!is_taken || head->root == Log().Head(head->tree_size).root, "what is taken continues the kept head");
  return is_taken;
}

bool TakeSlot(absl::string_view bytes) {
  const absl::StatusOr<SlotPayload> payload = SlotPayload::Parse(bytes);
  if (!payload.ok()) return false;
  Require(payload->Write() == bytes && payload->terms.Check().ok(), "a slot has one encoding");
  return true;
}

bool TakeTree(absl::string_view bytes) {
  FieldReader reader(bytes, "entries");
  TreeShape shape;
  uint64_t taken = 0;
  while (true) {
    const std::string entry_bytes = reader.String("entry", kMaxLogEntryBytes);
    if (reader.failed() || entry_bytes.empty()) break;
    const absl::StatusOr<LogEntry> entry = ParseLogEntry(entry_bytes);
    if (!entry.ok() || !shape.Take(*entry).ok()) return false;
    ++taken;
  }
  const bool holds = shape.Finish().ok();
  const bool is_whole = !shape.terms().has_value() || taken == 1 + shape.ticks_us().size() * shape.terms()->slots;
  Require(!holds || taken == 0 || is_whole, "a tree has whole ticks");
  if (shape.terms().has_value()) MissingTicks(*shape.terms(), shape.ticks_us());
  return holds && taken > 0;
}

}  // namespace

std::vector<std::string> Seeds() {
  ExampleTree tree;
  tree.Tick(0, Log().HeadFile(5));
  tree.Tick(2, Log().HeadFile(7));
  FieldWriter entries;
  for (const std::string& entry : tree.entries()) entries.String(entry);
  return {absl::StrCat("r", tree.Receipt(0).Write()),
          absl::StrCat("r", tree.Receipt(2).Write()),
          absl::StrCat("h", Log().HeadFile(5).Write()),
          absl::StrCat("h", Log().ProofOfGrowth(5, 8).Write()),
          absl::StrCat("s", SlotPayload::OfHead({64, 3600}, {}, "head").Write()),
          absl::StrCat("t", std::move(entries).Take())};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'r':
      return TakeReceipt(bytes);
    case 'h':
      return TakeHandIn(bytes);
    case 's':
      return TakeSlot(bytes);
    case 't':
      return TakeTree(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("federation_tree", &Seeds, &Take);

}  // namespace accord::fuzz::federation_tree
