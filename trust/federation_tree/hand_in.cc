#include "trust/federation_tree/hand_in.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/log/log_check.h"
#include "trust/log/merkle_proof.h"

namespace accord {
namespace {

using Kind = JudgedHandIn::Kind;

struct HandIn {
  HeadOfLog head;
  std::optional<SignedLogHead> earlier;
  std::vector<Sha256Digest> path;
};

absl::StatusOr<HandIn> ParseHandIn(absl::string_view text) {
  if (absl::StartsWith(text, absl::StrCat(kLogHeadTitle, "\n"))) {
    ACCORD_ASSIGN_OR_RETURN(HeadOfLog head, HeadOfLog::Parse(text));
    return HandIn{std::move(head), std::nullopt, {}};
  }
  ACCORD_ASSIGN_OR_RETURN(ConsistencyProof proof, ConsistencyProof::Parse(text));
  return HandIn{
      {std::move(proof.first_entry), std::move(proof.later)}, std::move(proof.earlier), std::move(proof.path)};
}

std::string Entries(const LogHead& head) { return absl::StrCat(head.tree_size, " entries"); }

constexpr absl::string_view kForked =
    "with another root, under the same key. Keep both heads: they convict whoever holds it";

// A head of fewer entries than the kept one.
JudgedHandIn Shorter(const LogHead& kept, const LogHead& handed, HandIn hand_in) {
  if (handed.unix_us <= kept.unix_us) {
    return {Kind::kOlder, std::move(hand_in.head),
            absl::StrCat("the head has ", Entries(handed), " and is older than the one of ", Entries(kept),
                         " that was taken last: it was handed in late, or again. Hand in the newest")};
  }
  return {Kind::kRewritten, std::move(hand_in.head),
          absl::StrCat("ROLLED BACK: the head has ", Entries(handed), " and was signed later than the one of ",
                       Entries(kept),
                       " that was taken last. A log only grows: keep both heads, and have the newer "
                       "folder of that coordinator put back")};
}

// A head of more.
JudgedHandIn Longer(const LogIdentity& project, const LogHead& kept, const LogHead& handed, HandIn hand_in) {
  absl::StatusOr<LogHead> earlier = absl::NotFoundError("a head alone");
  if (hand_in.earlier.has_value()) earlier = project.CheckHead(*hand_in.earlier);
  if (earlier.ok() && AreForked(*earlier, kept)) {
    return {Kind::kRewritten,
            {std::move(hand_in.head.first_entry), *std::move(hand_in.earlier)},
            absl::StrCat("FORKED: the proof begins at a head of ", Entries(*earlier),
                         ", as many as the one that was taken last has, ", kForked)};
  }
  const bool begins_there = earlier.ok() && earlier->tree_size == kept.tree_size;
  if (begins_there && VerifyConsistency(kept.tree(), handed.tree(), hand_in.path).ok()) {
    return {Kind::kTaken, std::move(hand_in.head), ""};
  }
  return {Kind::kUnproven, std::move(hand_in.head),
          absl::StrCat("nothing shows that the head of ", Entries(handed), " continues the one of ", Entries(kept),
                       " that was taken last. Hand in a proof from that one on: accord-coordinator log hand-in --since "
                       "taken.head. Where there is none, the log was rewritten: keep both heads")};
}

}  // namespace

JudgedHandIn JudgeHandIn(const LogIdentity& project, const HeadOfLog& kept, absl::string_view text) {
  absl::StatusOr<HandIn> hand_in = ParseHandIn(text);
  if (!hand_in.ok()) return {Kind::kForeign, {}, std::string(hand_in.status().message())};
  if (LogIdOf(hand_in->head.first_entry) != project.id()) {
    return {Kind::kForeign, {}, absl::StrCat("it is of another log than ", HexDigest(project.id()))};
  }
  const auto handed = project.CheckHead(hand_in->head.head);
  if (!handed.ok()) return {Kind::kForeign, {}, std::string(handed.status().message())};
  const auto before = project.CheckHead(kept.head);
  if (!before.ok()) return {Kind::kForeign, {}, absl::StrCat("the kept head: ", before.status().message())};
  if (AreForked(*before, *handed)) {
    return {Kind::kRewritten, std::move(hand_in->head),
            absl::StrCat("FORKED: the head has ", Entries(*handed), " like the one that was taken last, ", kForked)};
  }
  if (handed->tree_size < before->tree_size) return Shorter(*before, *handed, *std::move(hand_in));
  if (handed->tree_size > before->tree_size) return Longer(project, *before, *handed, *std::move(hand_in));
  return {Kind::kTaken, std::move(hand_in->head), ""};
}

}  // namespace accord
