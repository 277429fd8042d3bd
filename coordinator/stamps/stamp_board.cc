#include "coordinator/stamps/stamp_board.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "trust/timestamp/stamp_authority.h"

namespace accord {

void StampBoard::Put(KeptStamp stamp) {
  auto newest = std::make_shared<const KeptStamp>(std::move(stamp));
  const absl::MutexLock lock(&mutex_);
  newest_ = std::move(newest);
  failed_ = false;
}

void StampBoard::Fail() {
  const absl::MutexLock lock(&mutex_);
  failed_ = true;
}

std::shared_ptr<const KeptStamp> StampBoard::newest() const {
  const absl::MutexLock lock(&mutex_);
  return newest_;
}

absl::Duration StampBoard::TimeToClosingLocked(absl::Time now) const {
  if (newest_ == nullptr || newest_->time > now + kStampTolerance || now >= newest_->time + oldest_) {
    return absl::InfiniteDuration();
  }
  return newest_->time + oldest_ - now;
}

absl::Duration StampBoard::TimeToClosing(absl::Time now) const {
  const absl::MutexLock lock(&mutex_);
  return TimeToClosingLocked(now);
}

std::string StampBoard::WhyNoRound(absl::Time now) const {
  const absl::MutexLock lock(&mutex_);
  if (TimeToClosingLocked(now) < absl::InfiniteDuration()) return "";
  std::string words = "waits for a time stamp on the federation's log: ";
  if (newest_ == nullptr) {
    absl::StrAppend(&words, "there is none yet");
  } else {
    const bool is_ahead = newest_->time > now;
    absl::StrAppend(&words, "the last one is of ",
                    absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", newest_->time, absl::UTCTimeZone()),
                    is_ahead ? ", which this machine's clock has not reached: set the clock"
                             : absl::StrCat(", and one may be ", absl::FormatDuration(oldest_), " old"));
  }
  if (failed_) absl::StrAppend(&words, ". Its authority gives none; the coordinator's log says why");
  return words;
}

}  // namespace accord
