#include "client/daemon/training/job_link.h"

#include <fcntl.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/training/confined_words.h"

namespace accord {
namespace {

constexpr uint32_t kDefaultMemoryMib = 4096;  // site.proto, job.proto
constexpr uint32_t kDefaultSilenceSeconds = 120;
constexpr uint64_t kDefaultDataMib = 2048;

template <typename Number>
Number OrDefault(Number value, Number default_value) {
  return value == 0 ? default_value : value;
}

// The trainer may write the vector and keep it mapped, but never shrink it under the daemon (which would die of
// SIGBUS).
absl::Status SealAgainstShrinking(int fd) {
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0) return absl::OkStatus();
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && (seals & F_SEAL_GROW) != 0) return absl::OkStatus();
  return absl::InvalidArgumentError("the vector must be a memory file that allows sealing");
}

// The same file, opened anew for reading only, whatever the daemon may do with its own descriptor.
absl::StatusOr<UniqueFd> ReadOnly(int fd) {
  UniqueFd copy(open(absl::StrCat("/proc/self/fd/", fd).c_str(), O_RDONLY | O_CLOEXEC));
  if (!copy.valid()) return ErrnoError("open again", "the model");
  return copy;
}

absl::Status CheckLimits(const v1::JobSpec& spec, const v1::Sandbox& sandbox) {
  const uint32_t memory = MemoryMibOf(sandbox);
  if (spec.compute().memory_mib() > memory) {
    return absl::FailedPreconditionError(absl::StrCat("the job wants ", spec.compute().memory_mib(),
                                                      " MiB of memory (compute.memory_mib); this site allows ",
                                                      memory));
  }
  const uint32_t threads = OrDefault(sandbox.threads(), std::max(1u, std::thread::hardware_concurrency()));
  if (spec.compute().threads() > threads) {
    return absl::FailedPreconditionError(absl::StrCat("the job wants ", spec.compute().threads(),
                                                      " threads (compute.threads); this site allows ", threads));
  }
  return absl::OkStatus();
}

}  // namespace

uint32_t MemoryMibOf(const v1::Sandbox& sandbox) { return OrDefault(sandbox.memory_mib(), kDefaultMemoryMib); }

uint64_t MaxDataBytesOf(const v1::Sandbox& sandbox) {
  return uint64_t{OrDefault<uint64_t>(sandbox.max_data_mib(), kDefaultDataMib)} << 20;
}

absl::Duration SilenceOf(const v1::Sandbox& sandbox) {
  return absl::Seconds(OrDefault(sandbox.silence_s(), kDefaultSilenceSeconds));
}

bool IsSandboxed(const v1::Sandbox& sandbox) { return sandbox.mode() != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT; }

absl::StatusOr<v1::DaemonMessage> LoadMessage(const ComputeRequest& request, const std::string& site,
                                              const v1::Sandbox& sandbox) {
  v1::DaemonMessage message;
  v1::LoadJob& load = *message.mutable_load_job();
  if (!load.mutable_spec()->ParseFromString(request.job_bytes)) {
    return absl::InvalidArgumentError("the job's bytes are no job");
  }
  ACCORD_RETURN_IF_ERROR(CheckLimits(load.spec(), sandbox));
  if (load.spec().compute().memory_mib() == 0) {
    load.mutable_spec()->mutable_compute()->set_memory_mib(kDefaultMemoryMib);
  }
  load.set_job_id(request.job_id);
  load.set_site(site);
  load.set_torchscript(request.torchscript);
  load.mutable_operators()->Assign(request.operators.begin(), request.operators.end());
  load.set_operators_clause(request.operators_clause);
  return message;
}

bool JobLink::started() const {
  const absl::MutexLock lock(&mutex_);
  return channel_ != nullptr;
}

bool JobLink::ended() const {
  const absl::MutexLock lock(&mutex_);
  return ended_;
}

absl::Status JobLink::Start(const std::shared_ptr<WarmTrainer>& warm, const v1::DaemonMessage& load,
                            absl::Span<const int> descriptors, const v1::Prepare* data,
                            const TrainingProgress& progress) {
  ACCORD_ASSIGN_OR_RETURN(auto ends, IpcChannel::MakePair());
  ACCORD_RETURN_IF_ERROR(warm->Fork(process_id_, ends.second, data));
  {
    const absl::MutexLock lock(&mutex_);
    warm_ = warm;
    channel_ = std::make_shared<IpcChannel>(std::move(ends.first));
  }
  // The daemon's copy must go, or the child's end would never be seen.
  { const IpcChannel childs_end = std::move(ends.second); }
  ACCORD_ASSIGN_OR_RETURN(const v1::TrainerMessage answer, Ask(load, descriptors, progress));
  return answer.has_ready() ? absl::OkStatus() : absl::UnavailableError("the trainer gave an answer out of turn");
}

absl::StatusOr<v1::TrainerMessage> JobLink::Ask(const v1::DaemonMessage& message, absl::Span<const int> descriptors,
                                                const TrainingProgress& progress) {
  std::shared_ptr<IpcChannel> channel;
  {
    const absl::MutexLock lock(&mutex_);
    if (ended_) return absl::CancelledError("the job was ended");
    channel = channel_;
  }
  absl::StatusOr<v1::TrainerMessage> answer(absl::UnavailableError(""));
  const absl::Status sent = channel->Send(message, descriptors);
  if (sent.ok()) answer = AwaitAnswer(*channel, silence_, progress);
  if (answer.ok() && answer->has_failed()) {
    const v1::Failed& failed = answer->failed();
    return ConfinedFailure(failed.permanent() ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kUnavailable,
                           "", failed.reason());
  }
  if (answer.ok()) return answer;
  const std::string how = End();
  if (absl::IsDeadlineExceeded(answer.status())) {
    return absl::UnavailableError(absl::StrCat("the trainer made no progress for ", absl::FormatDuration(silence_),
                                               " (sandbox.silence_s) and was killed"));
  }
  if (absl::IsInvalidArgument(answer.status())) {
    return absl::UnavailableError("the trainer sent something that is no message and was killed");
  }
  return ConfinedFailure(absl::StatusCode::kUnavailable, "the trainer's process ", how);
}

absl::StatusOr<ComputeResult> JobLink::Compute(const ComputeRequest& request, const TrainingProgress& progress) {
  ACCORD_RETURN_IF_ERROR(SealAgainstShrinking(request.vector_fd));
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd model, ReadOnly(request.model_fd));
  v1::DaemonMessage message;
  *message.mutable_compute() = request.step;
  std::vector<int> descriptors = {model.get(), request.vector_fd};
  UniqueFd kept_before;
  if (request.step.state_bytes() > 0) {
    ACCORD_RETURN_IF_ERROR(SealAgainstShrinking(request.kept_after_fd));
    descriptors.push_back(request.kept_after_fd);
    if (request.step.has_state()) {
      ACCORD_ASSIGN_OR_RETURN(kept_before, ReadOnly(request.kept_before_fd));
      descriptors.push_back(kept_before.get());
    }
  }
  ACCORD_ASSIGN_OR_RETURN(v1::TrainerMessage answer, Ask(message, descriptors, progress));
  if (!answer.has_computed()) {
    return absl::UnavailableError("the trainer gave an answer out of turn and was killed");
  }
  v1::Computed& computed = *answer.mutable_computed();
  return ComputeResult{computed.train_rows(), computed.site_note(), std::move(*computed.mutable_layout()),
                       computed.trained_alone(), computed.has_gain() ? std::optional(computed.gain()) : std::nullopt};
}

std::string JobLink::End() {
  std::shared_ptr<WarmTrainer> warm;
  {
    const absl::MutexLock lock(&mutex_);
    if (channel_ != nullptr) channel_->Shutdown();
    warm = std::exchange(warm_, nullptr);
  }
  return warm == nullptr ? "was ended" : warm->EndJob(process_id_);
}

void JobLink::Abandon() {
  const absl::MutexLock lock(&mutex_);
  ended_ = true;
  if (channel_ != nullptr) channel_->Shutdown();
}

}  // namespace accord
