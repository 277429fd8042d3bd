// Training in a sandboxed trainer beside the loop that somebody with LibTorch and no Accord would write by hand: the
// same model from the same weights, the same rows in the same batches, one thread. Also how much of it is the filling
// of batches.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "base/status.h"
#include "bench/federation/process.h"
#include "bench/figure.h"
#include "bench/loop_by_hand.h"
#include "bench/made_up_data.h"
#include "bench/trainer_calls.h"
#include "client/daemon/training/trainer_host.h"
#include "models/batches.h"
#include "models/device.h"
#include "models/model.h"
#include "models/training.h"

namespace accord::bench {
namespace {

constexpr char kMlpRatio[] = "training/step/ratio/mlp";
constexpr char kCnnRatio[] = "training/step/ratio/small_cnn";
constexpr char kMlpLoading[] = "training/loading_share/mlp";
constexpr char kCnnLoading[] = "training/loading_share/small_cnn";
constexpr char kMlpGpuRatio[] = "training/gpu/step/ratio/mlp";
constexpr char kCnnGpuRatio[] = "training/gpu/step/ratio/small_cnn";
constexpr int kPairs = 15;  // of a round in the trainer and the loop by hand, one after the other
constexpr int kLoadingRepeats = 5;
constexpr int kColumns = 44;
constexpr uint32_t kSide = 28;           // pixels
constexpr uint32_t kGpuEpochs = 30;      // enough for signs of progress, which come ten times a second
constexpr uint32_t kComparedEpochs = 2;  // on a GPU: later on Adam makes much of how sums are rounded there
// How far the two models may end apart: the same sums are rounded in another order.
constexpr double kSameModel = 1e-3;

using Clock = std::chrono::steady_clock;

struct TrainingSubject {
  std::string ratio_name, loading_name, gpu_ratio_name;
  std::string job;  // YAML
  MadeUpData data;
  MakeNetwork network;
};

std::string JobText(const std::string& data, const std::string& model, uint32_t rows, int batch, int epochs) {
  return absl::StrCat(
      "name: bench\npurpose: measure training on made-up rows\nseed: 1\ndata:\n  name: bench\n", data,
      "  target: {name: y, category: {levels: [low, high]}}\npreprocessing: {standardise: none}\nmodel: ", model,
      "\ntraining: {adam: {learning_rate: ", kLearningRateByHand, "}, local_epochs: ", epochs, ", batch_size: ", batch,
      "}\naggregation: {fedavg: {}, update_bound: 2, max_rows_per_site: ", rows,
      ", secure_sum: {two_sites: true}}\nrounds: {count: 1, min_sites: 2}\n");
}

// A table like the census, and one hidden layer of 32.
TrainingSubject Mlp() {
  constexpr uint32_t kRows = 4096;
  std::string features = "  features:\n";
  for (int i = 0; i < kColumns; ++i) absl::StrAppend(&features, "    - {name: x", i, ", numeric: {min: 0, max: 1}}\n");
  return {kMlpRatio,
          kMlpLoading,
          kMlpGpuRatio,
          JobText(features, "{mlp: {hidden: [32]}}", kRows, 64, 30),
          MadeUpTable("bench", kRows, kColumns),
          [] {
            namespace nn = torch::nn;
            return nn::Sequential(nn::Linear(kColumns, 32), nn::ReLU(), nn::Linear(32, 1));
          }};
}

// X-rays and digits, and the network of the examples.
TrainingSubject SmallCnn() {
  constexpr uint32_t kRows = 512;
  const std::string image = absl::StrCat("  image: {height: ", kSide, ", width: ", kSide, ", channels: 1}\n");
  return {kCnnRatio,
          kCnnLoading,
          kCnnGpuRatio,
          JobText(image, "{small_cnn: {channels: [16, 32], hidden: 128}}", kRows, 32, 2),
          MadeUpImages("bench", kRows, kSide),
          [] {
            namespace nn = torch::nn;
            return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 5).padding(2)), nn::ReLU(), nn::MaxPool2d(2),
                                  nn::Conv2d(nn::Conv2dOptions(16, 32, 5).padding(2)), nn::ReLU(), nn::MaxPool2d(2),
                                  nn::Flatten(), nn::Linear(32 * 7 * 7, 128), nn::ReLU(), nn::Linear(128, 1));
          }};
}

// One round in the trainer; microseconds a step, between its first and its last sign of progress.
absl::StatusOr<double> RunRound(TrainerHost& host, const TrainCall& call, uint64_t steps) {
  Clock::time_point first, last;
  uint64_t first_done = 0;
  uint64_t last_done = 0;
  const auto progress = [&](uint64_t done, uint64_t total) {
    if (total != steps) return;  // rows are being read
    last = Clock::now();
    last_done = done;
    if (first_done == 0) {
      first = last;
      first_done = done;
    }
  };
  ACCORD_RETURN_IF_ERROR(host.Compute(call.Request("bench"), progress).status());
  if (last_done != steps || first_done == steps) return absl::InternalError("the trainer told no progress");
  return std::chrono::duration<double, std::micro>(last - first).count() / static_cast<double>(last_done - first_done);
}

// Processor time of this thread: what else the machine does is no part of it.
double ProcessorMicroseconds(const std::function<void()>& work) {
  const auto now_us = [] {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
  };
  const double start_us = now_us();
  work();
  return now_us() - start_us;
}

// All batches of a round, and nothing done with them.
void FillBatches(const v1::JobSpec& spec, const Examples& rows) {
  BatchOrder order(rows.rows(), spec.training().batch_size(), RandomStream({spec.seed(), "site-1", 1, "batch-order"}));
  const size_t elements = std::max(rows.numbers.size(), rows.bytes.size()) / rows.rows();
  std::vector<float> inputs(elements * order.batch_size());
  std::vector<float> targets(order.batch_size());
  const uint64_t steps = order.steps_per_epoch() * spec.training().local_epochs();
  for (uint64_t step = 0; step < steps; ++step) {
    const absl::Span<const uint32_t> batch = order.Next();
    GatherInputs(rows, elements, batch, inputs.data());
    for (size_t i = 0; i < batch.size(); ++i) targets[i] = rows.targets[batch[i]];
  }
}

// The share of a round's training, by the trainer's code in this process.
absl::StatusOr<Figure> MeasureLoading(const TrainingSubject& subject, const v1::JobSpec& spec, Model& model) {
  const Examples& rows = subject.data.rows;
  absl::Status status;
  std::vector<double> training_us, filling_us;
  for (int i = 0; i < kLoadingRepeats; ++i) {
    training_us.push_back(ProcessorMicroseconds(
        [&] { status.Update(TrainLocally(spec, {.site = "site-1", .round = 1, .progress = nullptr}, rows, model)); }));
    filling_us.push_back(ProcessorMicroseconds([&] { FillBatches(spec, rows); }));
  }
  ACCORD_RETURN_IF_ERROR(status);
  return Figure{subject.loading_name, Median(filling_us) / Median(training_us), "of a round", 1};
}

// That both loops do the same work shows in that they end with the same model.
absl::Status CheckSameModel(const v1::JobSpec& spec, const Examples& rows, Model& model, LoopByHand& by_hand) {
  std::vector<float> weights(model.layout().num_elements());
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(absl::MakeSpan(weights)));
  by_hand.Run(weights);
  const std::vector<float> theirs = by_hand.weights();
  ACCORD_RETURN_IF_ERROR(TrainLocally(spec, {.site = "site-1", .round = 1, .progress = nullptr}, rows, model));
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(absl::MakeSpan(weights)));
  double apart = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    apart += std::abs(weights[i] - theirs[i]) / static_cast<double>(weights.size());
  }
  if (apart < kSameModel) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the loop by hand ends with another model: parameters differ by ", apart,
                                          " in the mean; the comparison is void"));
}

absl::Status MeasureSubject(const Settings& settings, const TrainingSubject& subject, Device device,
                            const std::function<void(const Figure&)>& report) {
  TempFolder folder;
  ACCORD_ASSIGN_OR_RETURN(v1::JobSpec spec, JobOf(subject.job, folder.path()));
  ACCORD_ASSIGN_OR_RETURN(TrainerHostOptions options,
                          OptionsWithDataset(settings, subject.data.dataset, folder.path()));
  if (device == Device::kCuda) {
    spec.mutable_compute()->set_device(v1::Compute::CUDA);
    spec.mutable_training()->set_local_epochs(kGpuEpochs);
    options.sandbox.set_gpu(true);
  }
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Create(spec, "", device));
  ACCORD_RETURN_IF_ERROR(model->Initialise());
  std::vector<float> weights(model->layout().num_elements());
  ACCORD_RETURN_IF_ERROR(model->StoreParameters(absl::MakeSpan(weights)));
  LoopByHand by_hand(subject.network, spec, subject.data.rows, device);
  if (device == Device::kCpu) {
    ACCORD_RETURN_IF_ERROR(CheckSameModel(spec, subject.data.rows, *model, by_hand));
  } else {
    v1::JobSpec compared = spec;
    compared.mutable_training()->set_local_epochs(kComparedEpochs);
    LoopByHand compared_by_hand(subject.network, compared, subject.data.rows, device);
    ACCORD_RETURN_IF_ERROR(CheckSameModel(compared, subject.data.rows, *model, compared_by_hand));
  }

  ACCORD_ASSIGN_OR_RETURN(const TrainCall call, TrainCall::Create(spec, weights));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TrainerHost> host, TrainerHost::Create(options));
  ACCORD_RETURN_IF_ERROR(RunRound(*host, call, by_hand.steps()).status());  // reads the rows
  std::vector<Figure> pairs;
  for (int i = 0; i < kPairs; ++i) {
    ACCORD_ASSIGN_OR_RETURN(const double ours_us, RunRound(*host, call, by_hand.steps()));
    pairs.push_back({device == Device::kCuda ? subject.gpu_ratio_name : subject.ratio_name, ours_us, "us/step",
                     by_hand.Run(weights)});
  }
  // The pair in the middle: what else the machine does falls on both of a pair.
  std::sort(pairs.begin(), pairs.end(), [](const Figure& a, const Figure& b) { return a.ratio() < b.ratio(); });
  report(pairs[pairs.size() / 2]);
  if (device == Device::kCuda) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const Figure loading, MeasureLoading(subject, spec, *model));
  report(loading);
  return absl::OkStatus();
}

absl::Status MeasureTraining(const Settings& settings, const std::function<void(const Figure&)>& report) {
  ACCORD_RETURN_IF_ERROR(SetComputeThreads(1));
  ACCORD_RETURN_IF_ERROR(MeasureSubject(settings, Mlp(), Device::kCpu, report));
  return MeasureSubject(settings, SmallCnn(), Device::kCpu, report);
}

// No figures where there is no GPU.
absl::Status MeasureTrainingOnGpu(const Settings& settings, const std::function<void(const Figure&)>& report) {
  if (!GpuFault().empty()) return absl::OkStatus();
  PrepareDevice(Device::kCuda);
  ACCORD_RETURN_IF_ERROR(MeasureSubject(settings, Mlp(), Device::kCuda, report));
  return MeasureSubject(settings, SmallCnn(), Device::kCuda, report);
}

}  // namespace

std::vector<Subject> TrainingSubjects() {
  return {{{kMlpRatio, kMlpLoading, kCnnRatio, kCnnLoading}, &MeasureTraining},
          {{kMlpGpuRatio, kCnnGpuRatio}, &MeasureTrainingOnGpu}};
}

}  // namespace accord::bench
