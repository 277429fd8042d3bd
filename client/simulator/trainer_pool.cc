#include "client/simulator/trainer_pool.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "client/daemon/training/sandbox.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

constexpr char kRowsInside[] = "/data";
// Within every silence_s that a job can have in earnest.
constexpr absl::Duration kTellEvery = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::unique_ptr<TrainerPool>> TrainerPool::Create(Options options, LineSink sink) {
  ACCORD_RETURN_IF_ERROR(CheckSandboxPrograms(options.trainer_path, options.sandbox.mode()));
  return std::unique_ptr<TrainerPool>(new TrainerPool(std::move(options), std::move(sink)));
}

TrainerPool::TrainerPool(Options options, LineSink sink) : options_(std::move(options)), keeper_(std::move(sink)) {}

TrainerPool::~TrainerPool() {
  const absl::MutexLock lock(&warm_mutex_);
  if (warm_ != nullptr) warm_->Kill();
}

absl::StatusOr<v1::Prepare> TrainerPool::DataOf(const std::string& dataset, const v1::DatasetMapping& mapping) const {
  if (mapping.has_postgresql()) {
    return absl::InvalidArgumentError(
        absl::StrCat("data set ", dataset, ": the trainers of a simulation ask no database server; map a CSV file"));
  }
  v1::Prepare data;
  data.set_dataset(dataset);
  data.set_max_data_bytes(MaxDataBytesOf(options_.sandbox));
  *data.mutable_mapping() = mapping;
  for (std::string* path : PathsIn(*data.mutable_mapping())) {
    if (path->empty()) continue;
    absl::string_view below = *path;
    if (options_.rows.empty() || !absl::ConsumePrefix(&below, absl::StrCat(options_.rows, "/"))) {
      return absl::InvalidArgumentError(absl::StrCat("data set ", dataset, ": ", *path, " is not below ", options_.rows,
                                                     ", which is all that the trainers of a simulation see (--rows)"));
    }
    if (IsSandboxed(options_.sandbox)) *path = absl::StrCat(kRowsInside, "/", below);
  }
  return data;
}

absl::Status TrainerPool::Warm() { return RunningTrainer().status(); }

absl::StatusOr<std::shared_ptr<WarmTrainer>> TrainerPool::RunningTrainer() {
  const absl::MutexLock lock(&warm_mutex_);
  if (warm_ != nullptr && warm_->alive()) return warm_;
  warm_ = nullptr;
  WarmTrainer::Options trainer;
  trainer.silence = SilenceOf(options_.sandbox);
  trainer.plan.name = "trainer of all sites";
  trainer.plan.program_path = options_.trainer_path;
  trainer.plan.mode = options_.sandbox.mode();
  trainer.plan.arguments = {"serve", "--channel-fd", absl::StrCat(kChannelFd), "--memory-mib",
                            absl::StrCat(MemoryMibOf(options_.sandbox))};
  if (!options_.rows.empty()) trainer.plan.files = {{options_.rows, kRowsInside}};
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<WarmTrainer> warm, WarmTrainer::Start(keeper_, std::move(trainer)));
  ACCORD_RETURN_IF_ERROR(warm->Prepare());
  warm_ = warm;
  return warm;
}

TrainerPool::Link TrainerPool::TakePlace(const Key& key, const TrainingProgress& progress) {
  Link ends, link;
  {
    absl::MutexLock lock(&mutex_);
    link = std::make_shared<JobLink>(absl::StrCat(key.second, "#", ++next_process_), SilenceOf(options_.sandbox));
    const auto waiter = waiting_.emplace(key, link);
    const auto has_place_or_ended = [this, &link] {
      mutex_.AssertReaderHeld();
      return busy_.size() < options_.processes || link->ended();
    };
    while (!mutex_.AwaitWithTimeout(absl::Condition(&has_place_or_ended), kTellEvery)) {
      if (!progress) continue;
      mutex_.Unlock();  // it may end the job, which comes back here
      progress(0, 0);
      mutex_.Lock();
    }
    waiting_.erase(waiter);
    if (link->ended()) return nullptr;
    auto place = std::find_if(idle_.begin(), idle_.end(), [&](const auto& idle) { return idle.first == key; });
    if (place != idle_.end()) {
      link = place->second;
      idle_.erase(place);
    } else if (busy_.size() + idle_.size() >= options_.processes) {
      ends = idle_.front().second;
      idle_.pop_front();
    }
    busy_[key] = link;
  }
  if (ends != nullptr) ends->End();
  return link;
}

bool TrainerPool::LeavePlace(const Key& key, const Link& link, bool ok) {
  if (!ok) link->End();
  {
    const absl::MutexLock lock(&mutex_);
    busy_.erase(key);
    ok = ok && !link->ended();
    if (ok) idle_.emplace_back(key, link);
  }
  if (!ok) link->End();
  return ok;
}

absl::StatusOr<ComputeResult> TrainerPool::StartAndCompute(const std::string& site, const v1::Prepare* data,
                                                           const ComputeRequest& request, JobLink& link,
                                                           const TrainingProgress& progress) {
  if (!link.started()) {
    ACCORD_ASSIGN_OR_RETURN(const v1::DaemonMessage load, LoadMessage(request, site, options_.sandbox));
    ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<WarmTrainer> warm, RunningTrainer());
    ACCORD_RETURN_IF_ERROR(link.Start(warm, load, {}, data, progress));
  }
  return link.Compute(request, progress);
}

absl::StatusOr<ComputeResult> TrainerPool::Compute(const std::string& site, const v1::Prepare* data,
                                                   const ComputeRequest& request, const TrainingProgress& progress) {
  const Key key = {site, request.job_id};
  const Link link = TakePlace(key, progress);
  if (link == nullptr) return absl::CancelledError("the job was ended");
  absl::StatusOr<ComputeResult> result = StartAndCompute(site, data, request, *link, progress);
  if (LeavePlace(key, link, result.ok()) || !link->ended()) return result;
  return absl::CancelledError("the job was ended");
}

void TrainerPool::EndJob(const std::string& site, const std::string& job_id) {
  const Key key = {site, job_id};
  Link idle;
  {
    const absl::MutexLock lock(&mutex_);
    const auto [first, last] = waiting_.equal_range(key);
    for (auto waiter = first; waiter != last; ++waiter) waiter->second->Abandon();
    // Whoever computes on it ends it.
    if (const auto found = busy_.find(key); found != busy_.end()) found->second->Abandon();
    const auto place = std::find_if(idle_.begin(), idle_.end(), [&](const auto& entry) { return entry.first == key; });
    if (place == idle_.end()) return;
    idle = place->second;
    idle_.erase(place);
  }
  idle->End();
}

void TrainerPool::EndSite(const std::string& site) {
  std::list<std::pair<Key, Link>> ends;
  {
    const absl::MutexLock lock(&mutex_);
    for (const auto& [key, link] : waiting_) {
      if (key.first == site) link->Abandon();
    }
    for (const auto& [key, link] : busy_) {
      if (key.first == site) link->Abandon();
    }
    for (auto next = idle_.begin(); next != idle_.end();) {
      const auto current = next++;
      if (current->first.first == site) ends.splice(ends.end(), idle_, current);
    }
  }
  for (const auto& [key, link] : ends) link->End();
}

absl::StatusOr<ComputeResult> PooledTrainerHost::Compute(const ComputeRequest& request,
                                                         const TrainingProgress& progress) {
  if (request.dataset.empty()) return pool_.Compute(site_, nullptr, request, progress);
  const auto data = data_.find(request.dataset);
  if (data == data_.end()) {
    return absl::FailedPreconditionError(absl::StrCat("this site does not release a data set '", request.dataset, "'"));
  }
  return pool_.Compute(site_, &data->second, request, progress);
}

absl::StatusOr<v1::DataReport> PooledTrainerHost::CheckData(absl::string_view, const v1::DataSchema*) {
  return absl::UnimplementedError("a simulation's rows are made, not checked: accord-client check looks at data");
}

}  // namespace accord
