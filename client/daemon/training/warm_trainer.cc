#include "client/daemon/training/warm_trainer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "base/status.h"
#include "client/daemon/training/confined_words.h"

namespace accord {
namespace {

constexpr size_t kMaxAnswerBytes = size_t{8} << 20;        // a data report of a thousand faults is far smaller
constexpr absl::Duration kStartLimit = absl::Seconds(60);  // eight at once on two cores took 3.4 s
constexpr absl::Duration kForkLimit = absl::Seconds(10);   // takes milliseconds
constexpr absl::Duration kEndLimit = absl::Seconds(2);     // takes a millisecond; else the whole trainer goes
constexpr absl::Duration kLastWordsLimit = absl::Seconds(2);

}  // namespace

absl::StatusOr<v1::TrainerMessage> AwaitAnswer(IpcChannel& channel, absl::Duration silence,
                                               const TrainingProgress& progress) {
  v1::StepProgress last;
  absl::Time deadline = absl::Now() + silence;
  for (;;) {
    v1::TrainerMessage message;
    std::vector<UniqueFd> descriptors;  // a trainer has none to send; closed at once
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    ACCORD_RETURN_IF_ERROR(channel.Receive(message, descriptors, left, kMaxAnswerBytes));
    if (!message.has_progress()) return message;
    // The same figures again are a sign of life, but not of progress.
    const v1::StepProgress& now = message.progress();
    if (now.done() == last.done() && now.total() == last.total()) continue;
    last = now;
    deadline = absl::Now() + silence;
    if (progress) progress(now.done(), now.total());
  }
}

absl::StatusOr<std::shared_ptr<WarmTrainer>> WarmTrainer::Start(ProcessKeeper& keeper, Options options) {
  ACCORD_ASSIGN_OR_RETURN(auto ends, IpcChannel::MakePair());
  options.plan.channel_fd = ends.second.fd();
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<KeptProcess> process, keeper.Spawn(RequestFor(options.plan)));
  return std::shared_ptr<WarmTrainer>(new WarmTrainer(std::move(options), std::move(ends.first), std::move(process)));
}

WarmTrainer::WarmTrainer(Options options, IpcChannel channel, std::shared_ptr<KeptProcess> process)
    : options_(std::move(options)), process_(std::move(process)), channel_(std::move(channel)) {}

WarmTrainer::~WarmTrainer() { Kill(); }

void WarmTrainer::Kill() {
  {
    absl::MutexLock lock(&mutex_);
    alive_ = false;
  }
  channel_.Shutdown();
  process_->Kill();
}

bool WarmTrainer::alive() const {
  absl::MutexLock lock(&mutex_);
  return alive_;
}

absl::Status WarmTrainer::Dead(const absl::Status& why) {
  Kill();
  const std::string last_words = process_->LastWords(kLastWordsLimit);
  std::string reason = absl::IsDeadlineExceeded(why)  ? "it did not answer in time and was killed"
                       : absl::IsInvalidArgument(why) ? "it sent something that is no message and was killed"
                                                      : "it ended";
  if (!last_words.empty()) absl::StrAppend(&reason, "; its last line: ", last_words);
  return ConfinedFailure(absl::StatusCode::kUnavailable, absl::StrCat(options_.plan.name, ": "), reason);
}

absl::StatusOr<v1::TrainerMessage> WarmTrainer::Exchange(const v1::DaemonMessage& message,
                                                         absl::Span<const int> descriptors, absl::Duration silence,
                                                         const TrainingProgress& progress) {
  absl::MutexLock lock(&exchange_mutex_);
  if (const absl::Status sent = channel_.Send(message, descriptors); !sent.ok()) return Dead(sent);
  absl::StatusOr<v1::TrainerMessage> answer = AwaitAnswer(channel_, silence, progress);
  if (!answer.ok()) return Dead(answer.status());
  if (answer->has_failed()) {
    return ConfinedFailure(absl::StatusCode::kFailedPrecondition, absl::StrCat(options_.plan.name, ": "),
                           answer->failed().reason());
  }
  return answer;
}

absl::Status WarmTrainer::Prepare() {
  v1::DaemonMessage message;
  *message.mutable_prepare() = options_.prepare;
  const absl::Status status = Exchange(message, {}, kStartLimit, nullptr).status();
  if (!status.ok()) Kill();
  return status;
}

absl::Status WarmTrainer::Fork(const std::string& process_id, const IpcChannel& channel, const v1::Prepare* data) {
  v1::DaemonMessage message;
  message.mutable_fork()->set_job_id(process_id);
  if (data != nullptr) *message.mutable_fork()->mutable_data() = *data;
  const absl::StatusOr<v1::TrainerMessage> answer = Exchange(message, {channel.fd()}, kForkLimit, nullptr);
  if (answer.ok() && answer->has_ready()) return absl::OkStatus();
  return answer.ok() ? Dead(absl::InvalidArgumentError("")) : answer.status();
}

std::string WarmTrainer::EndJob(const std::string& process_id) {
  if (!alive()) return "was killed";
  v1::DaemonMessage message;
  message.mutable_end_job()->set_job_id(process_id);
  const absl::StatusOr<v1::TrainerMessage> answer = Exchange(message, {}, kEndLimit, nullptr);
  if (answer.ok() && answer->has_job_ended()) return answer->job_ended().how();
  return answer.ok() || absl::IsFailedPrecondition(answer.status()) ? "ended" : "was killed";
}

absl::StatusOr<v1::DataReport> WarmTrainer::CheckData(const v1::DataSchema* schema, int rows_fd,
                                                      const TrainingProgress& progress) {
  v1::DaemonMessage message;
  message.mutable_check_data();
  if (schema != nullptr) *message.mutable_check_data()->mutable_schema() = *schema;
  message.mutable_check_data()->set_has_rows(rows_fd >= 0);
  const absl::Span<const int> descriptors(&rows_fd, rows_fd >= 0 ? 1 : 0);
  absl::StatusOr<v1::TrainerMessage> answer = Exchange(message, descriptors, options_.silence, progress);
  if (!answer.ok()) return answer.status();
  if (!answer->has_data_report()) return Dead(absl::InvalidArgumentError(""));
  return std::move(*answer->mutable_data_report());
}

absl::StatusOr<std::vector<DataPart>> WarmTrainer::HashData(const TrainingProgress& progress) {
  v1::DaemonMessage message;
  message.mutable_hash_data();
  const absl::StatusOr<v1::TrainerMessage> answer = Exchange(message, {}, options_.silence, progress);
  if (!answer.ok()) return answer.status();
  if (!answer->has_hashed_data()) return Dead(absl::InvalidArgumentError(""));
  std::vector<DataPart> parts;
  for (const v1::HashedDataPart& hashed : answer->hashed_data().parts()) {
    DataPart part{.place = hashed.place(), .sha256 = {}, .bytes = hashed.bytes()};
    if (hashed.sha256().size() != part.sha256.size()) return Dead(absl::InvalidArgumentError(""));
    std::copy(hashed.sha256().begin(), hashed.sha256().end(), part.sha256.begin());
    parts.push_back(part);
  }
  return parts;
}

}  // namespace accord
