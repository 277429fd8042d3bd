#include "coordinator/server/send_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

// Of papers, and of what was published since the roster that it pinned, a site needs the latest alone.
bool MakesUseless(const v1::CoordinatorMessage& later, const v1::CoordinatorMessage& earlier) {
  if (later.has_roster_chain()) return earlier.has_roster_chain();
  return later.has_job_papers() && earlier.has_job_papers() &&
         later.job_papers().job_id() == earlier.job_papers().job_id();
}

}  // namespace

absl::Status SendQueue::Push(std::shared_ptr<const v1::CoordinatorMessage> message) {
  const bool may_replace = message->has_job_papers() || message->has_roster_chain();
  const auto earlier =
      !may_replace ? waiting_.end() : std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
        return MakesUseless(*message, *waiting.message);
      });
  const size_t frees = earlier == waiting_.end() ? 0 : earlier->num_bytes;
  const size_t takes = message->has_job_papers() ? 0 : message->ByteSizeLong();
  if ((earlier == waiting_.end() && waiting_.size() >= kMaxMessages) || num_bytes_ - frees + takes > kMaxBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the site does not read what it is sent: ", waiting_.size(), " messages of ", num_bytes_,
                     " bytes wait for it; it is sent what it needs when it connects anew"));
  }
  num_bytes_ += takes - frees;
  if (earlier != waiting_.end()) {
    *earlier = {std::move(message), takes};
  } else {
    waiting_.push_back({std::move(message), takes});
  }
  return absl::OkStatus();
}

std::shared_ptr<const v1::CoordinatorMessage> SendQueue::Pop() {
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  num_bytes_ -= next.num_bytes;
  return std::move(next.message);
}

void SendQueue::Clear() {
  waiting_.clear();
  num_bytes_ = 0;
}

}  // namespace accord
