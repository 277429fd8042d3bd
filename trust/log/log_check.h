// Checks a whole log as its file is read, line by line, in memory that does not grow with the log; and the small files
// that prove something about one (log_file.h). Believes nothing but the key that the log's first entry names.
//
// What is found wrong is told by the index of the first entry that is. Where an entry's bytes were changed together
// with the hash beside them, only a signed head tells: the wrong entry is then one of those since the head before.
//
// Adversary: whoever made the file, and the log's keeper, who has its key. The keeper can end the log early, or tell
// another story to others; heads that were seen elsewhere (KnownHead) find that out.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"
#include "trust/log/merkle_tree.h"

namespace accord {

// A head of the log that came from somewhere else: a site, an earlier export.
struct KnownHead {
  std::string where;  // in messages
  SignedLogHead head;
};

struct LogFault {
  uint64_t first_index = 0;  // the first entry that is wrong or missing
  uint64_t end_index = 0;    // beyond first_index + 1: it is one of those before end_index, no more can be told
  uint64_t line = 0;         // of the file; 0: behind its end
  std::string what;
  bool is_fork = false;  // two heads under the log's signature contradict each other: they convict its keeper
};

struct LogFacts {
  std::optional<LogIdentity> identity;  // once the first entry was read
  uint64_t num_entries = 0;
  uint64_t num_heads = 0;
  uint64_t num_stamps = 0;
  uint64_t num_known_heads = 0;        // of those from elsewhere, how many the log agreed with
  std::optional<LogHead> last_head;    // the last in the file that held
  uint64_t first_us = 0, last_us = 0;  // of entries
  std::array<uint64_t, kNumLogEntryKinds + 1> entries_of_kind = {};
};

// Not thread-safe.
class WholeLogCheck {
 public:
  // Called with every entry that is read, before its place in the tree has been confirmed by a head.
  using EntryVisitor = std::function<void(const LogEntry&)>;
  // Called with every time stamp and the head that it is on, which holds. Unless OK, the stamp is the file's fault;
  // with OUT_OF_RANGE the first entry that no stamp before covers. Without a visitor nobody looks at stamps
  // (trust/timestamp/stamped_log.h does).
  using StampVisitor = std::function<absl::Status(const SignedLogHead& head, const std::string& token)>;

  explicit WholeLogCheck(std::vector<KnownHead> known_heads = {}, EntryVisitor visitor = nullptr,
                         StampVisitor stamp_visitor = nullptr);

  // Takes the file's next line, without its LF. False from the first fault on.
  bool Take(absl::string_view line);
  // There is no line more.
  bool Finish();
  // The file itself cannot be read further, for a reason that says no more than `what`.
  bool Fail(absl::string_view what);

  const std::optional<LogFault>& fault() const { return fault_; }
  const LogFacts& facts() const { return facts_; }

 private:
  bool TakeEntry(absl::string_view value);
  bool TakeHead(absl::string_view value);
  bool TakeStamp(absl::string_view value);
  bool TakeFirstEntry(const LogEntryOnLine& entry);
  bool CheckNext(const LogEntry& entry);
  bool CheckKnownHeads();
  LogFault UnlikeHead(const LogHead& head, absl::string_view where) const;
  bool Fault(uint64_t first_index, uint64_t end_index, absl::string_view what);
  bool FaultHere(absl::string_view what) { return Fault(facts_.num_entries, facts_.num_entries + 1, what); }

  std::vector<KnownHead> known_heads_;
  std::vector<std::pair<LogHead, std::string>> known_;  // the same, once the key is known: by size, with where
  size_t next_known_ = 0;
  EntryVisitor visitor_;
  StampVisitor stamp_visitor_;
  std::optional<SignedLogHead> last_signed_;  // the head of the line before, or before stamps on it
  MerkleFrontier frontier_;
  LogFacts facts_;
  uint64_t num_lines_ = 0;
  uint64_t confirmed_ = 0;  // entries that a signed head confirmed
  uint64_t stamped_ = 0;    // entries that a time stamp covers
  // The latest time of an entry or of a head that held: nothing behind it is older.
  uint64_t not_before_us_ = 0;
  // A known head contradicts what stands here. Who is to blame shows at the file's next head: its keeper, if that one
  // was signed over what stands here as well; else whoever changed the file.
  std::optional<LogFault> contradicted_;
  std::optional<LogFault> fault_;
};

// What a proof file shows, if it does.
struct ShownEntry {
  LogIdentity identity;
  LogEntry entry;
  LogHead head;
};
// INVALID_ARGUMENT or UNAUTHENTICATED: what is not shown, and why.
absl::StatusOr<ShownEntry> CheckEntryProof(const EntryProof& proof);

struct ShownConsistency {
  LogIdentity identity;
  LogHead earlier;
  LogHead later;
};
absl::StatusOr<ShownConsistency> CheckConsistencyProof(const ConsistencyProof& proof);

// Whether two heads of one log, each checked, show by themselves that its keeper tells two stories: as many entries and
// another root.
bool AreForked(const LogHead& one, const LogHead& other);

// What the heads that two parties have of one log say about each other.
struct ComparedHeads {
  enum class Kind { kAgree, kForked, kUnknown } kind = Kind::kUnknown;
  // kForked: the size at which they differ. Else the largest at which both have the same head; 0: none.
  uint64_t size = 0;
};
// Of each party at least one, from the smallest to the largest, checked, and each shown to continue the one before.
// They agree if the party that knows less has a head as its last one that the other has too; heads of other sizes
// cannot be compared.
ComparedHeads CompareHeads(absl::Span<const LogHead> one, absl::Span<const LogHead> other);

}  // namespace accord
