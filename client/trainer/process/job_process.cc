#include "client/trainer/process/job_process.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "aggregation/evaluation/subgroups.h"
#include "aggregation/newton/regression.h"
#include "aggregation/programs/columns.h"
#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/local_layers.h"
#include "base/status.h"
#include "client/trainer/confine/limits.h"
#include "client/trainer/programs/drill_step.h"
#include "client/trainer/programs/evaluate_step.h"
#include "client/trainer/programs/kept_numbers.h"
#include "client/trainer/programs/model_alone.h"
#include "client/trainer/programs/newton_step.h"
#include "client/trainer/programs/standardise_step.h"
#include "client/trainer/programs/train_step.h"
#include "models/device.h"
#include "models/row_reader.h"
#include "models/training.h"
#include "proto/validation/data_kinds.h"

namespace accord {
namespace {

absl::Status OutOfMemory(const v1::JobSpec& spec) {
  return absl::ResourceExhaustedError(
      absl::StrCat("the trainer ran out of memory: the job may take ", spec.compute().memory_mib(),
                   " MiB (compute.memory_mib, within the site's sandbox.memory_mib); allow more, lower the batch size, "
                   "or where a large table is the reason let the site "
                   "allow a scratch file (sandbox.max_scratch_mib; a simulation has none)"));
}

absl::StatusOr<uint64_t> NumParameters(const v1::JobSpec& spec, const Model* model) {
  if (model != nullptr) return model->layout().num_elements();
  if (spec.model().has_drill()) return spec.model().drill().num_parameters();
  ACCORD_ASSIGN_OR_RETURN(const Regression regression, RegressionOf(spec));
  return regression.model_size();
}

bool MayUseGpu(const v1::Compute& compute, bool offered) {
  return offered && (compute.device() == v1::Compute::CUDA || compute.device() == v1::Compute::AUTO);
}

// The cells of the job's subgroups, from numbers as they were read.
absl::Status FindCells(const v1::JobSpec& spec, Examples& test) {
  const SubgroupCells subgroups(spec);
  if (subgroups.subgroups().empty() || !IsTable(spec.data())) return absl::OkStatus();
  return ForEachRawBlock(test, test.rows(), [&](absl::Span<const float> numbers) {
    const std::vector<uint16_t> cells = subgroups.CellsOf(numbers);
    test.cells.insert(test.cells.end(), cells.begin(), cells.end());
    return absl::OkStatus();
  });
}

// Of the scratch file. A process that cannot read its rows any more is of no use, and that says nothing about the rows.
bool RowsAreLost(const absl::Status& status) { return absl::IsDataLoss(status); }

bool IsPermanent(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status) || absl::IsNotFound(status) ||
         absl::IsOutOfRange(status) || absl::IsResourceExhausted(status) || absl::IsPermissionDenied(status);
}

}  // namespace

JobProcess::JobProcess(IpcChannel channel, v1::Prepare prepare)
    : channel_(std::move(channel)), progress_(channel_), prepare_(std::move(prepare)) {}

int JobProcess::Run() {
  for (;;) {
    v1::DaemonMessage message;
    std::vector<UniqueFd> descriptors;
    absl::Status status = channel_.Receive(message, descriptors, absl::InfiniteDuration());
    if (absl::IsUnavailable(status)) return 0;
    bool memory_failed = false;
    if (status.ok()) {
      try {
        status = Serve(message, std::move(descriptors));
      } catch (const std::bad_alloc&) {
        status = OutOfMemory(spec_);
        memory_failed = true;
      }
    }
    if (!status.ok() && !SendFailure(status).ok()) return 0;
    // What was being built when memory ran out is in no state to go on from.
    if (memory_failed) return 1;
  }
}

absl::Status JobProcess::SendFailure(const absl::Status& status) {
  v1::TrainerMessage answer;
  answer.mutable_failed()->set_reason(std::string(status.message()));
  answer.mutable_failed()->set_permanent(IsPermanent(status));
  return channel_.Send(answer);
}

absl::Status JobProcess::Serve(const v1::DaemonMessage& message, std::vector<UniqueFd> descriptors) {
  switch (message.kind_case()) {
    case v1::DaemonMessage::kLoadJob:
      return Load(message.load_job(), std::move(descriptors));
    case v1::DaemonMessage::kCompute:
      return Compute(message.compute(), descriptors);
    default:
      return absl::InvalidArgumentError("a job's process takes load_job and compute only");
  }
}

absl::Status JobProcess::TakeDescriptors(const v1::LoadJob& job, std::vector<UniqueFd> descriptors) {
  const bool has_scratch = job.scratch_bytes() > 0;
  if (descriptors.size() != size_t{has_scratch} + size_t{job.has_rows()}) {
    return absl::InvalidArgumentError(
        "load_job comes with a descriptor for the scratch file and one for a reader's rows");
  }
  if (has_scratch) {
    scratch_ = std::move(descriptors.front());
    scratch_bytes_ = job.scratch_bytes();
  }
  if (job.has_rows()) rows_ = std::move(descriptors.back());
  return absl::OkStatus();
}

absl::Status JobProcess::Load(const v1::LoadJob& job, std::vector<UniqueFd> descriptors) {
  if (loaded_) return absl::InvalidArgumentError("a job is loaded already");
  ACCORD_RETURN_IF_ERROR(TakeDescriptors(job, std::move(descriptors)));
  spec_ = job.spec();
  site_ = job.site();
  ACCORD_RETURN_IF_ERROR(LimitResources(spec_.compute().memory_mib(), MayUseGpu(spec_.compute(), prepare_.gpu())));
  if (!spec_.model().has_drill()) {
    ACCORD_RETURN_IF_ERROR(SetComputeThreads(std::max(spec_.compute().threads(), 1u)));
    const bool trains = !spec_.aggregation().has_newton();  // else LibTorch has nothing to do
    if (trains) {
      ACCORD_ASSIGN_OR_RETURN(const Device device, DeviceFor(spec_.compute().device(), prepare_.gpu()));
      PrepareDevice(device);
      const AllowedOperators allowed = {{job.operators().begin(), job.operators().end()}, job.operators_clause()};
      ACCORD_ASSIGN_OR_RETURN(model_, Model::Create(spec_, job.torchscript(), device, allowed));
      if (device == Device::kCuda) spdlog::info("the model is trained on this machine's GPU");
      ACCORD_RETURN_IF_ERROR(RememberFirstWeights());
      ACCORD_RETURN_IF_ERROR(LocalEntries(spec_, model_->layout()).status());
    }
    ACCORD_RETURN_IF_ERROR(LoadRows());
    if (trains) ACCORD_RETURN_IF_ERROR(CheckModelOnOneRow());
  }
  loaded_ = true;
  v1::TrainerMessage answer;
  answer.mutable_ready();
  return channel_.Send(answer);
}

// A site may take part from a later round on. A job that starts from another model's weights has none of its own.
absl::Status JobProcess::RememberFirstWeights() {
  if (KeptBy(spec_) != Kept::kModelAlone || spec_.model().has_start_from()) return absl::OkStatus();
  first_weights_.resize(model_->layout().num_elements());
  ACCORD_RETURN_IF_ERROR(model_->Initialise());
  return model_->StoreParameters(absl::MakeSpan(first_weights_));
}

absl::Status JobProcess::LoadRows() {
  if (prepare_.mapping().source_case() == v1::DatasetMapping::SOURCE_NOT_SET) {
    return absl::FailedPreconditionError("no data set is bound to this trainer, and the job needs one");
  }
  DataRequest request = {&spec_.data(),
                         &prepare_.mapping(),
                         spec_.seed(),
                         site_,
                         prepare_.max_data_bytes(),
                         [this](uint64_t done, uint64_t total) { progress_.Report(done, total); },
                         prepare_.opt_out_list(),
                         spec_.aggregation().has_newton() ? &spec_.model() : nullptr,
                         // The other half is for the model, what it computes, and four bytes a row on disk.
                         {(uint64_t{spec_.compute().memory_mib()} << 20) / 2, scratch_.get(), scratch_bytes_}};
  const UniqueFd rows = std::move(rows_);
  request.rows_fd = rows.get();
  v1::DataReport report;
  // Before, and not after: twice the memory of a large table is more than the job has.
  rows_are_lost_ = loaded_;
  data_ = JobData();
  // Asked for again they could be others, and nobody is there to ask: a new process begins with a new reader.
  if (loaded_ && prepare_.mapping().has_postgresql()) {
    return absl::UnavailableError("the rows of a database are asked for once; the trainer starts anew");
  }
  ACCORD_ASSIGN_OR_RETURN(data_, LoadJobData(request, report));
  rows_are_raw_ = true;
  data_.train.disk.progress = data_.test.disk.progress = request.progress;
  ACCORD_RETURN_IF_ERROR(FindCells(spec_, data_.test));
  if (data_.train.disk.file != nullptr) {
    spdlog::info("the rows take more than half of the job's memory: they lie in a scratch file, encrypted");
  }
  for (const std::string& warning : report.warnings()) spdlog::warn("{}", warning);
  spdlog::info("{} rows: {} for training, {} held out, {} left out for missing values, {} bad", report.rows(),
               report.train_rows(), report.test_rows(), report.dropped_rows(), report.num_faults());
  // For the operator: the daemon's log stays at the site.
  if (report.opt_out_applied()) {
    spdlog::info("{} more rows, of {} persons on the opt-out list, are not used", report.opted_out_rows(),
                 report.opted_out_persons());
  }
  ACCORD_RETURN_IF_ERROR(CheckRowsOfRegression());
  rows_are_lost_ = false;
  return absl::OkStatus();
}

// Some of the rows would give other estimates than all of them.
absl::Status JobProcess::CheckRowsOfRegression() const {
  if (data_.regression.size() <= spec_.aggregation().max_rows_per_site()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the data set has more training rows than the job's aggregation.max_rows_per_site, ",
                   spec_.aggregation().max_rows_per_site(), ", and newton fits all rows or none"));
}

// A model that cannot take the schema's rows at all fails here, on a row of zeros, with its reason; once real rows are
// computed on, a failure may depend on them and is told to nobody outside.
absl::Status JobProcess::CheckModelOnOneRow() {
  Examples zeros;
  zeros.input_shape = data_.train.input_shape;
  const bool on_disk = data_.train.disk.file != nullptr;
  const size_t size = data_.train.rows() == 0 ? 0 : data_.train.numbers.size() / data_.train.rows();
  zeros.numbers.resize(on_disk ? static_cast<size_t>(data_.train.input_shape[0]) : size);
  zeros.bytes.resize(data_.train.rows() == 0 ? 0 : data_.train.bytes.size() / data_.train.rows());
  zeros.masks.resize(data_.train.rows() == 0 ? 0 : data_.train.masks.size() / data_.train.rows());
  zeros.targets.resize(1);
  return Annotate(Evaluate(spec_, zeros, 1, *model_).status(), "the model cannot take the data set's rows");
}

absl::Status JobProcess::Compute(const v1::ComputeStep& step, const std::vector<UniqueFd>& descriptors) {
  if (!loaded_) return absl::InvalidArgumentError("no job is loaded");
  if (rows_are_lost_) return absl::UnavailableError("the rows could not be read again; the trainer starts anew");
  ACCORD_ASSIGN_OR_RETURN(const uint64_t parameters, NumParameters(spec_, model_.get()));
  if (step.num_parameters() != parameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the job's model has ", parameters, " parameters, but the plan says ", step.num_parameters()));
  }
  ACCORD_RETURN_IF_ERROR(CheckFewestRows(step));
  ACCORD_ASSIGN_OR_RETURN(StepMemory memory, memory_.Map(spec_, step, descriptors));
  memory.kept.first = step.kind() == v1::STEP_TRAIN && step.round() == 1 ? memory.received : first_weights_;
  ACCORD_ASSIGN_OR_RETURN(StepVector vector, StepVector::Create(spec_, site_, step, memory.vector));
  v1::TrainerMessage answer;
  ACCORD_ASSIGN_OR_RETURN(*answer.mutable_computed(), Fill(step, memory, vector));
  return channel_.Send(answer);
}

// Before anything is computed. How many rows there are stays here: only that they are too few is said.
absl::Status JobProcess::CheckFewestRows(const v1::ComputeStep& step) const {
  if (spec_.model().has_drill() || NumTrainRows() >= step.min_train_rows()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("this site has fewer training rows for the job than ",
                                                    step.min_train_rows(), ", the least of ", step.min_rows_clause()));
}

uint64_t JobProcess::NumTrainRows() const { return data_.train.rows() + data_.regression.size(); }

absl::StatusOr<v1::Computed> JobProcess::Fill(const v1::ComputeStep& step, const StepMemory& memory,
                                              StepVector& vector) {
  v1::Computed computed;
  const absl::Status status = FillBlocks(step, memory, vector, computed);
  if (absl::IsResourceExhausted(status) || RowsAreLost(status)) return status;
  // Of a file that could not be read, or changed meanwhile: nothing was computed on any row yet, as when a job is
  // loaded.
  if (rows_are_lost_) return status;
  computed.set_train_rows(spec_.model().has_drill() ? 1 : NumTrainRows());
  // Whether real rows make a model fail may tell something about them, so nothing of it leaves: the vector is zero.
  if (!status.ok() || vector.outcome().num_not_finite > 0) {
    vector.Clear();
    KeepAsBefore(spec_, memory.received, memory.kept);
    computed.Clear();
    computed.set_site_note(absl::StrCat(status.ok() ? "the result is not a number" : std::string(status.message()),
                                        ": a vector of zeros is sent instead, which counts for nothing"));
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(memory.kept.after.begin(), memory.kept.after.end(), finite)) {
    KeepAsBefore(spec_, memory.received, memory.kept);
    computed.clear_trained_alone();
    computed.set_site_note("this site's own model is not a number any more: it stays as it was before this round");
  }
  if (!memory.kept.after.empty() && KeptBy(spec_) != Kept::kControlVariate) {
    *computed.mutable_layout() = model_->layout();
  }
  return computed;
}

absl::Status JobProcess::FillBlocks(const v1::ComputeStep& step, const StepMemory& memory, StepVector& vector,
                                    v1::Computed& computed) {
  if (spec_.model().has_drill()) return FillDrill(spec_, memory.received, vector);
  if (step.kind() == v1::STEP_STANDARDISE) {
    ACCORD_RETURN_IF_ERROR(MakeRowsRaw());
    return FillStandardise(spec_, data_.train, vector);
  }
  if (step.kind() == v1::STEP_NEWTON) {
    const auto progress = [this](uint64_t done, uint64_t total) { progress_.Report(done, total); };
    return FillNewton(spec_, step.round(), memory.received, data_.regression, progress, vector);
  }
  if (model_ == nullptr) return absl::InvalidArgumentError("the job has no model to compute this step with");
  ACCORD_RETURN_IF_ERROR(StandardiseRows(step.statistics()));
  if (step.kind() != v1::STEP_EVALUATE) return FillTrain(step, memory, vector, computed);
  ACCORD_RETURN_IF_ERROR(
      LoadForEvaluation(spec_, memory.received.first(model_->layout().num_elements()), memory.kept, *model_));
  ACCORD_ASSIGN_OR_RETURN(const EvaluationSums sums, FillMetrics(spec_, data_.test, *model_, vector));
  TellOperator(sums, step.round());
  if (!vector.Has(kLocalGainBlock)) return absl::OkStatus();
  const GainMeasurement measurement = {spec_, data_.test, sums,
                                       step.no_baseline() ? absl::Span<const float>() : memory.kept.before};
  ACCORD_ASSIGN_OR_RETURN(const std::optional<v1::OwnGain> gain, MeasureGain(measurement, *model_, vector));
  if (!gain.has_value()) return absl::OkStatus();
  *computed.mutable_gain() = *gain;
  spdlog::info("{}", GainInWords(*gain));
  return absl::OkStatus();
}

absl::Status JobProcess::FillTrain(const v1::ComputeStep& step, const StepMemory& memory, StepVector& vector,
                                   v1::Computed& computed) {
  LocalTraining local;
  local.site = site_;
  local.round = step.round();
  local.progress = [this](uint64_t done, uint64_t total) { progress_.Report(done, total); };
  const TrainingStep training = {spec_,           local,       data_.train,       data_.test,
                                 memory.received, memory.kept, step.no_baseline()};
  ACCORD_ASSIGN_OR_RETURN(const HeldOut held_out, FillTraining(training, *model_, vector));
  computed.set_trained_alone(held_out.trained_alone);
  if (step.round() > 1 && MeasuresHeldOut(spec_, v1::STEP_TRAIN)) TellOperator(held_out.received, step.round() - 1);
  comparison_.RememberOwn(held_out.trained, step.round());
  return absl::OkStatus();
}

void JobProcess::TellOperator(const EvaluationSums& common, uint32_t round) const {
  if (EvaluatesPersonalModels(spec_)) return;  // these are not the common model's
  if (const auto words = comparison_.Compare(spec_, common, round)) spdlog::info("{}", *words);
}

// Those in memory were standardised in place: twice the memory of a large table would be the price of keeping them raw.
absl::Status JobProcess::MakeRowsRaw() {
  if (rows_are_raw_) return absl::OkStatus();
  if (data_.train.disk.file == nullptr) return LoadRows();
  data_.train.disk.standardised = data_.test.disk.standardised = false;
  rows_are_raw_ = true;
  return absl::OkStatus();
}

absl::Status JobProcess::StandardiseRows(const v1::ColumnStatistics& common) {
  if (!IsTable(spec_.data())) return absl::OkStatus();
  const std::string wanted = common.SerializeAsString();
  if (!rows_are_raw_ && wanted == applied_statistics_) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(MakeRowsRaw());
  const bool per_site = spec_.preprocessing().standardise() == v1::Preprocessing::PER_SITE;
  v1::ColumnStatistics statistics = common;
  if (per_site) {
    ACCORD_ASSIGN_OR_RETURN(statistics, OwnStatisticsOf(data_.train));
  }
  const int columns = static_cast<int>(data_.train.input_shape[0]);
  const bool none = spec_.preprocessing().standardise() == v1::Preprocessing::NONE;
  if (statistics.mean_size() != statistics.spread_size() || statistics.mean_size() != (none ? 0 : columns)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the plan's statistics are of ", statistics.mean_size(), " columns; the data set has ", columns));
  }
  Standardise(statistics, data_.train);
  Standardise(statistics, data_.test);
  rows_are_raw_ = false;
  applied_statistics_ = wanted;
  return absl::OkStatus();
}

}  // namespace accord
