#include "client/daemon/training/sandboxed_trainer_host.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint32_t kDefaultMemoryMib = 4096;  // site.proto, job.proto
constexpr uint32_t kDefaultSilenceSeconds = 120;
constexpr uint64_t kDefaultDataMib = 2048;

template <typename Number>
Number OrDefault(Number value, Number default_value) {
  return value == 0 ? default_value : value;
}

bool IsSandboxed(const v1::Sandbox& sandbox) { return sandbox.mode() != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT; }

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

}  // namespace

SandboxedTrainerHost::SandboxedTrainerHost(TrainerHostOptions options,
                                           std::map<std::string, v1::DatasetMapping> mappings, LineSink sink)
    : options_(std::move(options)), mappings_(std::move(mappings)), keeper_(std::move(sink)) {
  slots_[""];
  for (const auto& [dataset, mapping] : mappings_) slots_[dataset];
}

SandboxedTrainerHost::~SandboxedTrainerHost() { EndAll(); }

absl::Duration SandboxedTrainerHost::silence() const {
  return absl::Seconds(OrDefault(options_.sandbox.silence_s(), kDefaultSilenceSeconds));
}

absl::StatusOr<std::shared_ptr<WarmTrainer>> SandboxedTrainerHost::StartTrainer(const std::string& dataset) {
  WarmTrainer::Options trainer;
  trainer.silence = silence();
  trainer.plan.name = dataset.empty() ? "trainer for drills" : absl::StrCat("trainer of '", dataset, "'");
  trainer.plan.trainer_path = options_.trainer_path;
  trainer.plan.mode = options_.sandbox.mode();
  trainer.plan.arguments = {"serve", "--channel-fd", absl::StrCat(kChannelFd), "--memory-mib",
                            absl::StrCat(OrDefault(options_.sandbox.memory_mib(), kDefaultMemoryMib))};
  trainer.prepare.set_dataset(dataset);
  trainer.prepare.set_max_data_bytes(OrDefault(options_.sandbox.max_data_mib(), kDefaultDataMib) << 20);
  if (!dataset.empty()) {
    const auto mapping = mappings_.find(dataset);
    if (mapping == mappings_.end()) {
      return absl::FailedPreconditionError(absl::StrCat("this site does not release a data set '", dataset, "'"));
    }
    BoundData data = BindData(mapping->second, options_.opt_out_list, IsSandboxed(options_.sandbox));
    trainer.files_version = FilesVersion(data.files);
    *trainer.prepare.mutable_mapping() = std::move(data.mapping);
    trainer.prepare.set_opt_out_list(data.opt_out_list);
    trainer.plan.files = std::move(data.files);
  }
  if (!IsSandboxed(options_.sandbox)) {
    spdlog::warn("SANDBOX OFF: {} runs as an ordinary process that could open other files. Every report says so.",
                 trainer.plan.name);
  }
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<WarmTrainer> warm, WarmTrainer::Start(keeper_, std::move(trainer)));
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(started_, [](const std::weak_ptr<WarmTrainer>& trainer) { return trainer.expired(); });
    started_.push_back(warm);
  }
  ACCORD_RETURN_IF_ERROR(warm->Prepare());
  return warm;
}

std::string SandboxedTrainerHost::VersionOf(const std::string& dataset) const {
  return FilesVersion(BindData(mappings_.at(dataset), options_.opt_out_list, IsSandboxed(options_.sandbox)).files);
}

absl::StatusOr<std::shared_ptr<WarmTrainer>> SandboxedTrainerHost::WarmFor(const std::string& dataset) {
  const auto slot = slots_.find(dataset);
  if (slot == slots_.end()) {
    return absl::FailedPreconditionError(absl::StrCat("this site does not release a data set '", dataset, "'"));
  }
  absl::MutexLock lock(&slot->second.mutex);
  std::shared_ptr<WarmTrainer>& warm = slot->second.warm;
  if (warm != nullptr && warm->alive()) {
    const std::string version = dataset.empty() ? "" : VersionOf(dataset);
    // Jobs that were forked from it keep it, and the data as they were, until they end.
    if (version == warm->files_version()) return warm;
    spdlog::info("the files of '{}' have changed: new jobs read them anew", dataset);
  }
  warm = nullptr;
  ACCORD_ASSIGN_OR_RETURN(warm, StartTrainer(dataset));
  return warm;
}

absl::Status SandboxedTrainerHost::Warm() {
  std::vector<absl::Status> results(slots_.size());
  std::vector<std::thread> threads;
  size_t next = 0;
  for (const auto& [dataset, slot] : slots_) {
    threads.emplace_back([this, &dataset = dataset, &result = results[next++]] { result = WarmFor(dataset).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) ACCORD_RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

std::shared_ptr<SandboxedTrainerHost::Job> SandboxedTrainerHost::FindOrAdd(const std::string& job_id) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<Job>& job = jobs_[job_id];
  if (job == nullptr) job = std::make_shared<Job>(absl::StrCat(job_id, "#", ++next_process_));
  return job;
}

void SandboxedTrainerHost::Forget(const std::string& job_id, const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(job_id);
  if (found != jobs_.end() && found->second == job) jobs_.erase(found);
}

absl::Status SandboxedTrainerHost::CheckLimits(const v1::JobSpec& spec) const {
  const uint32_t memory = OrDefault(options_.sandbox.memory_mib(), kDefaultMemoryMib);
  if (spec.compute().memory_mib() > memory) {
    return absl::FailedPreconditionError(absl::StrCat("the job wants ", spec.compute().memory_mib(),
                                                      " MiB of memory (compute.memory_mib); this site allows ",
                                                      memory));
  }
  const uint32_t threads = OrDefault(options_.sandbox.threads(), std::max(1u, std::thread::hardware_concurrency()));
  if (spec.compute().threads() > threads) {
    return absl::FailedPreconditionError(absl::StrCat("the job wants ", spec.compute().threads(),
                                                      " threads (compute.threads); this site allows ", threads));
  }
  return absl::OkStatus();
}

absl::Status SandboxedTrainerHost::StartJob(const ComputeRequest& request, Job& job, const TrainingProgress& progress) {
  v1::DaemonMessage message;
  v1::LoadJob& load = *message.mutable_load_job();
  if (!load.mutable_spec()->ParseFromString(request.job_bytes)) {
    return absl::InvalidArgumentError("the job's bytes are no job");
  }
  ACCORD_RETURN_IF_ERROR(CheckLimits(load.spec()));
  if (load.spec().compute().memory_mib() == 0)
    load.mutable_spec()->mutable_compute()->set_memory_mib(kDefaultMemoryMib);
  load.set_job_id(request.job_id);
  load.set_site(options_.site);
  load.set_torchscript(request.torchscript);
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<WarmTrainer> warm, WarmFor(request.dataset));
  ACCORD_ASSIGN_OR_RETURN(auto ends, IpcChannel::MakePair());
  ACCORD_RETURN_IF_ERROR(warm->Fork(job.process_id, ends.second));
  {
    absl::MutexLock lock(&job.mutex);
    job.warm = warm;
    job.channel = std::make_shared<IpcChannel>(std::move(ends.first));
  }
  // The daemon's copy must go, or the child's end would never be seen.
  { const IpcChannel childs_end = std::move(ends.second); }
  ACCORD_ASSIGN_OR_RETURN(const v1::TrainerMessage answer, Ask(job, message, {}, progress));
  return answer.has_ready() ? absl::OkStatus() : absl::UnavailableError("the trainer gave an answer out of turn");
}

absl::StatusOr<v1::TrainerMessage> SandboxedTrainerHost::Ask(Job& job, const v1::DaemonMessage& message,
                                                             absl::Span<const int> descriptors,
                                                             const TrainingProgress& progress) {
  std::shared_ptr<IpcChannel> channel;
  {
    absl::MutexLock lock(&job.mutex);
    if (job.ended) return absl::CancelledError("the job was ended");
    channel = job.channel;
  }
  absl::StatusOr<v1::TrainerMessage> answer(absl::UnavailableError(""));
  const absl::Status sent = channel->Send(message, descriptors);
  if (sent.ok()) answer = AwaitAnswer(*channel, silence(), progress);
  if (answer.ok() && answer->has_failed()) {
    const v1::Failed& failed = answer->failed();
    return failed.permanent() ? absl::FailedPreconditionError(failed.reason())
                              : absl::UnavailableError(failed.reason());
  }
  if (answer.ok()) return answer;
  const std::string how = End(job);
  if (absl::IsDeadlineExceeded(answer.status())) {
    return absl::UnavailableError(absl::StrCat("the trainer made no progress for ", absl::FormatDuration(silence()),
                                               " (sandbox.silence_s) and was killed"));
  }
  if (absl::IsInvalidArgument(answer.status())) {
    return absl::UnavailableError("the trainer sent something that is no message and was killed");
  }
  return absl::UnavailableError(absl::StrCat("the trainer's process ", how));
}

std::string SandboxedTrainerHost::End(Job& job) {
  std::shared_ptr<WarmTrainer> warm;
  {
    absl::MutexLock lock(&job.mutex);
    if (job.channel != nullptr) job.channel->Shutdown();
    warm = std::exchange(job.warm, nullptr);
  }
  return warm == nullptr ? "was ended" : warm->EndJob(job.process_id);
}

absl::StatusOr<v1::TrainerMessage> SandboxedTrainerHost::AskToCompute(const ComputeRequest& request, Job& job,
                                                                      const TrainingProgress& progress) {
  ACCORD_RETURN_IF_ERROR(SealAgainstShrinking(request.vector_fd));
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd model, ReadOnly(request.model_fd));
  bool started;
  {
    absl::MutexLock lock(&job.mutex);
    started = job.channel != nullptr;
  }
  if (!started) ACCORD_RETURN_IF_ERROR(StartJob(request, job, progress));
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
  return Ask(job, message, descriptors, progress);
}

absl::StatusOr<ComputeResult> SandboxedTrainerHost::Compute(const ComputeRequest& request,
                                                            const TrainingProgress& progress) {
  const std::shared_ptr<Job> job = FindOrAdd(request.job_id);
  absl::StatusOr<v1::TrainerMessage> answer = AskToCompute(request, *job, progress);
  if (answer.ok() && !answer->has_computed()) {
    answer = absl::UnavailableError("the trainer gave an answer out of turn and was killed");
  }
  if (answer.ok()) {
    v1::Computed& computed = *answer->mutable_computed();
    return ComputeResult{computed.train_rows(), computed.site_note(), std::move(*computed.mutable_layout())};
  }
  // Nothing of a process that failed is used again: the next call starts from the data anew.
  End(*job);
  Forget(request.job_id, job);
  absl::MutexLock lock(&job->mutex);
  return job->ended ? absl::CancelledError("the job was ended") : answer.status();
}

void SandboxedTrainerHost::EndJob(absl::string_view job_id) {
  std::shared_ptr<Job> job;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = jobs_.find(std::string(job_id));
    if (found == jobs_.end()) return;
    job = std::move(found->second);
    jobs_.erase(found);
  }
  {
    absl::MutexLock lock(&job->mutex);
    job->ended = true;
  }
  End(*job);
}

void SandboxedTrainerHost::EndAll() {
  std::map<std::string, std::shared_ptr<Job>> jobs;
  std::vector<std::weak_ptr<WarmTrainer>> started;
  {
    absl::MutexLock lock(&mutex_);
    jobs.swap(jobs_);
    started.swap(started_);
  }
  for (const auto& [id, job] : jobs) {
    absl::MutexLock lock(&job->mutex);
    job->ended = true;
    if (job->channel != nullptr) job->channel->Shutdown();
  }
  for (const std::weak_ptr<WarmTrainer>& trainer : started) {
    if (const std::shared_ptr<WarmTrainer> warm = trainer.lock()) warm->Kill();
  }
}

absl::StatusOr<v1::DataReport> SandboxedTrainerHost::CheckData(absl::string_view dataset,
                                                               const v1::DataSchema* schema) {
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<WarmTrainer> trainer, StartTrainer(std::string(dataset)));
  return trainer->CheckData(schema, nullptr);
}

}  // namespace accord
