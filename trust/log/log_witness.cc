#include "trust/log/log_witness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/log/log_check.h"
#include "trust/log/merkle_proof.h"

namespace accord {

absl::StatusOr<LogHead> LogWitness::Check(const HeadOfLog& shown) {
  if (!identity_.has_value() || identity_->first_entry() != shown.first_entry) {
    ACCORD_ASSIGN_OR_RETURN(LogIdentity identity, LogIdentity::FromFirstEntry(shown.first_entry));
    if (identity.id() != log_id_) {
      return absl::InvalidArgumentError(absl::StrCat("a head of the log ", HexDigest(identity.id()), " of project ",
                                                     identity.project(), " was shown; this site goes by the log ",
                                                     HexDigest(log_id_)));
    }
    identity_ = std::move(identity);
  }
  return identity_->CheckHead(shown.head);
}

absl::StatusOr<LogWitness> LogWitness::Restore(const Sha256Digest& log_id, const HeadOfLog& kept) {
  LogWitness witness(log_id);
  ACCORD_ASSIGN_OR_RETURN(witness.head_, witness.Check(kept));
  witness.kept_ = kept;
  return witness;
}

absl::StatusOr<bool> LogWitness::See(const HeadOfLog& shown, absl::Span<const Sha256Digest> proof) {
  ACCORD_ASSIGN_OR_RETURN(const LogHead head, Check(shown));
  if (head_.has_value() && AreForked(*head_, head)) {
    contradiction_ = shown;
    return absl::AbortedError(absl::StrCat("the log's keeper has signed two different logs of ", head.tree_size,
                                           " entries: this site keeps both heads as evidence and stops"));
  }
  const bool is_newer = head.tree_size > kept_size();
  if (head_.has_value()) {
    const LogHead& earlier = is_newer ? *head_ : head;
    const LogHead& later = is_newer ? head : *head_;
    ACCORD_RETURN_IF_ERROR(Annotate(VerifyConsistency(earlier.tree(), later.tree(), proof),
                                    "the log does not continue the one that this site was shown"));
  }
  if (!is_newer) return false;
  kept_ = shown;
  head_ = head;
  return true;
}

}  // namespace accord
