#include "coordinator/server/access_log.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {

absl::Status AccessLog::Enter(const std::string& person, const AccessPayload& access) {
  const absl::Time now = clock_.Now();
  const int64_t hour = absl::ToUnixSeconds(now) / 3600;
  const Key key(person, access.what, access.round, access.job_id);
  const bool counts = access.round > 0;
  {
    absl::MutexLock lock(&mutex_);
    if (hour != hour_) {
      entered_.clear();
      num_entered_.clear();
    }
    hour_ = hour;
    if (entered_.contains(key)) return absl::OkStatus();
    if (counts && num_entered_[person] >= kMostAnHour) {
      return absl::ResourceExhaustedError(
          absl::StrCat("nothing is given: you have read of ", kMostAnHour,
                       " different rounds within this hour, as many as are written down for one person; go on in the "
                       "next hour"));
    }
    num_entered_[person] += counts;
  }
  const LogDraft draft{LogEntryKind::kAccess, "", LogPayload::Bytes(access.Write()), {{NameRole::kPerson, person}}};
  const absl::Status written = store_.log().rows().Append(store_.log().project(), {draft}, now).status();
  if (!written.ok()) {
    absl::MutexLock lock(&mutex_);
    if (hour == hour_) num_entered_[person] -= counts;
    return Annotate(written, absl::StrCat("nothing is given, for that you read the ", AccessWord(access.what),
                                          " could not be written into the federation's log"));
  }
  absl::MutexLock lock(&mutex_);
  // Another thread may have written the same in between: an entry too many, in one hour.
  if (hour == hour_ && entered_.size() < kMostRemembered) entered_.insert(key);
  return absl::OkStatus();
}

}  // namespace accord
