// What the time stamps in a whole log's file show of it: of each stamped head when it was there, and for all entries
// that their own times are true.
//
// A stamp on a head bounds the entries that it covers from above: they were there by then. The log's rules bound them
// from below by the entries before. So whoever rewrites a log later, and dates the entries back, has no stamp on them
// that is as old as they say: `within` finds the first such entry. Entries without a stamp behind them are measured
// against the checker's own clock, never against a time that the log's keeper wrote.
//
// Adversary: whoever made the file, and the log's keeper. Both can leave stamps out; then it is said which entries no
// stamp covers. Nobody can put a stamp in that the authority did not give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "trust/log/log_check.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_head.h"
#include "trust/timestamp/stamp_authority.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {

struct StampedHead {
  uint64_t tree_size = 0;
  TimeStamp stamp;
};

// Gets what WholeLogCheck reads. Not thread-safe.
class StampedLog {
 public:
  // `authority`: whose stamps these must be; nullopt: nobody's word is asked, and what they say is worth nothing yet.
  // `within`: each entry must be stamped so soon after its own time; nullopt: it does not matter.
  StampedLog(std::optional<StampAuthority> authority, std::optional<absl::Duration> within)
      : authority_(std::move(authority)), within_(within) {}

  void See(const LogEntry& entry);
  // UNAUTHENTICATED, INVALID_ARGUMENT: the stamp is none of the authority's on this head. OUT_OF_RANGE: entries since
  // the stamp before are stamped too late; first_uncovered() is the first.
  absl::Status Take(const SignedLogHead& head, const std::string& token);
  // The log ends here, and its last head is this one. `now`: the checker's clock, or the time at which the file was
  // taken, if the checker knows that of itself. OUT_OF_RANGE: entries have waited for a stamp for longer than `within`
  // by then; first_uncovered() is the first.
  absl::Status Finish(const LogHead& last, absl::Time now);

  // In the order of the file.
  const std::vector<StampedHead>& heads() const { return heads_; }
  // The first entry that no stamp covers; nullopt: there is none.
  std::optional<uint64_t> first_uncovered() const {
    return uncovered_.has_value() ? std::optional(uncovered_->index) : std::nullopt;
  }
  // By an authority, that is.
  bool checked() const { return authority_.has_value(); }

 private:
  struct Entry {
    uint64_t index = 0;
    absl::Time time;
  };

  const std::optional<StampAuthority> authority_;
  const std::optional<absl::Duration> within_;
  std::vector<StampedHead> heads_;
  std::optional<Entry> uncovered_;  // entries' times do not go back: the first is the oldest of those not covered yet
};

}  // namespace accord
