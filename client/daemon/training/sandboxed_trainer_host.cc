#include "client/daemon/training/sandboxed_trainer_host.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/daemon/training/gpu.h"

namespace accord {
SandboxedTrainerHost::SandboxedTrainerHost(TrainerHostOptions options,
                                           std::map<std::string, v1::DatasetMapping> mappings, LineSink sink)
    : options_(std::move(options)), mappings_(std::move(mappings)), keeper_(std::move(sink)) {
  slots_[""];
  for (const auto& [dataset, mapping] : mappings_) slots_[dataset];
}

SandboxedTrainerHost::~SandboxedTrainerHost() { EndAll(); }

absl::StatusOr<std::shared_ptr<WarmTrainer>> SandboxedTrainerHost::StartTrainer(const std::string& dataset) {
  WarmTrainer::Options trainer;
  trainer.silence = SilenceOf(options_.sandbox);
  trainer.plan.name = dataset.empty() ? "trainer for drills" : absl::StrCat("trainer of '", dataset, "'");
  trainer.plan.program_path = options_.trainer_path;
  trainer.plan.mode = options_.sandbox.mode();
  trainer.plan.arguments = {"serve", "--channel-fd", absl::StrCat(kChannelFd), "--memory-mib",
                            absl::StrCat(MemoryMibOf(options_.sandbox))};
  if (options_.sandbox.gpu() && !dataset.empty()) {
    trainer.plan.arguments.push_back("--gpu");
    trainer.plan.devices = GpuDeviceFiles();
    trainer.prepare.set_gpu(true);
  }
  trainer.prepare.set_dataset(dataset);
  trainer.prepare.set_max_data_bytes(MaxDataBytesOf(options_.sandbox));
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

absl::StatusOr<std::unique_ptr<QueryReader>> SandboxedTrainerHost::StartReader(const std::string& dataset) {
  const auto mapping = mappings_.find(dataset);
  if (mapping == mappings_.end() || !mapping->second.has_postgresql()) return nullptr;
  return QueryReader::Start(
      keeper_,
      {absl::StrCat("reader of '", dataset, "'"), ReaderPathBeside(options_.trainer_path), options_.sandbox.mode(),
       mapping->second.postgresql(), MaxDataBytesOf(options_.sandbox), SilenceOf(options_.sandbox)});
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
    // Drills are rare where there are rows: the first one starts the process that would wait for them.
    if (dataset.empty() && !mappings_.empty()) continue;
    threads.emplace_back([this, &dataset = dataset, &result = results[next++]] { result = WarmFor(dataset).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) ACCORD_RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

std::shared_ptr<JobLink> SandboxedTrainerHost::FindOrAdd(const std::string& job_id) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<JobLink>& job = jobs_[job_id];
  if (job == nullptr) {
    job = std::make_shared<JobLink>(absl::StrCat(job_id, "#", ++next_process_), SilenceOf(options_.sandbox));
  }
  return job;
}

void SandboxedTrainerHost::Forget(const std::string& job_id, const std::shared_ptr<JobLink>& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(job_id);
  if (found != jobs_.end() && found->second == job) jobs_.erase(found);
}

absl::StatusOr<ComputeResult> SandboxedTrainerHost::StartAndCompute(const ComputeRequest& request,
                                                                    const std::shared_ptr<JobLink>& job,
                                                                    const TrainingProgress& progress) {
  if (!job->started()) {
    ACCORD_ASSIGN_OR_RETURN(v1::DaemonMessage load, LoadMessage(request, options_.site, options_.sandbox));
    ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<WarmTrainer> warm, WarmFor(request.dataset));
    const ScratchFile scratch = ScratchFor(request, job);
    load.mutable_load_job()->set_scratch_bytes(scratch.size);
    std::vector<int> descriptors;
    if (scratch.size > 0) descriptors.push_back(scratch.fd.get());
    ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<QueryReader> reader, StartReader(request.dataset));
    load.mutable_load_job()->set_has_rows(reader != nullptr);
    if (reader != nullptr) descriptors.push_back(reader->rows_fd());
    ACCORD_RETURN_IF_ERROR(job->Start(warm, load, descriptors, nullptr, progress));
  }
  return job->Compute(request, progress);
}

// None where the site allows none, or none can be made: a table that fits in memory needs none.
ScratchFile SandboxedTrainerHost::ScratchFor(const ComputeRequest& request, const std::shared_ptr<JobLink>& job) {
  const uint64_t max_mib = std::min(options_.sandbox.max_scratch_mib(),
                                    request.max_scratch_mib.value_or(options_.sandbox.max_scratch_mib()));
  if (max_mib == 0 || request.dataset.empty()) return {};
  absl::MutexLock lock(&scratch_mutex_);
  std::erase_if(granted_, [](const auto& grant) { return grant.first.expired(); });
  uint64_t granted = 0;
  for (const auto& [holder, bytes] : granted_) granted += bytes;
  absl::StatusOr<ScratchFile> scratch = MakeScratchFile(options_.scratch_dir, max_mib << 20, granted);
  if (scratch.ok()) {
    granted_.emplace_back(job, scratch->size);
    return *std::move(scratch);
  }
  spdlog::warn("there is no scratch file (sandbox.scratch_dir), so that all rows must fit in memory: {}",
               std::string(scratch.status().message()));
  return {};
}

absl::StatusOr<ComputeResult> SandboxedTrainerHost::Compute(const ComputeRequest& request,
                                                            const TrainingProgress& progress) {
  const std::shared_ptr<JobLink> job = FindOrAdd(request.job_id);
  absl::StatusOr<ComputeResult> result = StartAndCompute(request, job, progress);
  if (result.ok()) return result;
  // Nothing of a process that failed is used again: the next call starts from the data anew.
  job->End();
  Forget(request.job_id, job);
  return job->ended() ? absl::CancelledError("the job was ended") : result.status();
}

void SandboxedTrainerHost::EndJob(absl::string_view job_id) {
  std::shared_ptr<JobLink> job;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = jobs_.find(std::string(job_id));
    if (found == jobs_.end()) return;
    job = std::move(found->second);
    jobs_.erase(found);
  }
  job->Abandon();
  job->End();
}

void SandboxedTrainerHost::EndAll() {
  std::map<std::string, std::shared_ptr<JobLink>> jobs;
  std::vector<std::weak_ptr<WarmTrainer>> started;
  {
    absl::MutexLock lock(&mutex_);
    jobs.swap(jobs_);
    started.swap(started_);
  }
  for (const auto& [id, job] : jobs) job->Abandon();
  for (const std::weak_ptr<WarmTrainer>& trainer : started) {
    if (const std::shared_ptr<WarmTrainer> warm = trainer.lock()) warm->Kill();
  }
}

absl::StatusOr<v1::DataReport> SandboxedTrainerHost::CheckData(absl::string_view dataset,
                                                               const v1::DataSchema* schema) {
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<WarmTrainer> trainer, StartTrainer(std::string(dataset)));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<QueryReader> reader, StartReader(std::string(dataset)));
  return trainer->CheckData(schema, reader == nullptr ? -1 : reader->rows_fd(), nullptr);
}

absl::StatusOr<std::vector<DataPart>> SandboxedTrainerHost::HashData(absl::string_view dataset) {
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<WarmTrainer> trainer, StartTrainer(std::string(dataset)));
  return trainer->HashData(nullptr);
}

}  // namespace accord
