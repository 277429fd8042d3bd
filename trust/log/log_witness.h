// What a member keeps of a project's log: which log it is, and the last head that it was shown. Every later head must
// continue that one, so that a log which was shown to this member is never rewritten behind its back.
//
// Adversary: the log's keeper. It can show this member a story of its own from the first head on, and stay with it;
// heads of other members find that out (a transcript that names the head, `accord audit compare`). It cannot change its
// story.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"

namespace accord {

// Pure: whoever owns it makes kept() durable before anything that depends on it leaves. Not thread-safe.
class LogWitness {
 public:
  // `log_id`: what the member's charter or officer names; the coordinator's word does not count.
  explicit LogWitness(const Sha256Digest& log_id) : log_id_(log_id) {}
  // Goes on from what was kept. INVALID_ARGUMENT, UNAUTHENTICATED: it is not a head of this log.
  static absl::StatusOr<LogWitness> Restore(const Sha256Digest& log_id, const HeadOfLog& kept);

  // Looks at a head, with the consistency proof between it and the kept one, whichever is the smaller (empty while
  // nothing is kept). True when the head is now the kept one; false when it is not newer, which happens where a plan is
  // sent again. INVALID_ARGUMENT: no head of this log, or the proof shows nothing. UNAUTHENTICATED: not signed by the
  // log's key. ABORTED: the keeper has signed two stories; contradiction() has them.
  absl::StatusOr<bool> See(const HeadOfLog& shown, absl::Span<const Sha256Digest> proof);

  // The last head; nullopt: none was shown yet.
  const std::optional<HeadOfLog>& kept() const { return kept_; }
  // Whose tree a proof must begin or end with; 0: none.
  uint64_t kept_size() const { return head_.has_value() ? head_->tree_size : 0; }
  // The head that contradicts the kept one, if one was shown: both together convict the log's keeper.
  const std::optional<HeadOfLog>& contradiction() const { return contradiction_; }

 private:
  absl::StatusOr<LogHead> Check(const HeadOfLog& shown);

  Sha256Digest log_id_;
  std::optional<LogIdentity>
      identity_;  // of log_id_, once its first entry was shown: reading a key takes longer than using it
  std::optional<HeadOfLog> kept_;
  std::optional<LogHead> head_;  // of kept_
  std::optional<HeadOfLog> contradiction_;
};

}  // namespace accord
