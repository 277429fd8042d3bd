#include "models/training.h"

#include <torch/torch.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/local_steps.h"
#include "base/random_stream.h"
#include "base/status.h"
#include "models/batches.h"
#include "models/examples_check.h"
#include "models/learning_rate_schedule.h"
#include "models/model_impl.h"
#include "models/optimizer.h"
#include "models/row_reader.h"
#include "models/step_corrections.h"
#include "models/torch_error.h"

namespace accord {
namespace {

// What every site answers in a drill.
constexpr float kDrillStep = 1.0f / 16;

void RunDrill(Model::Impl& impl) {
  torch::NoGradGuard no_grad;
  impl.flat.values.sub_(impl.flat.values, kDrillStep);
}

// Input and target tensors that are filled anew for every step. The job's own model may write to its input, so rows are
// always copied.
class BatchBuffers {
 public:
  BatchBuffers(const Examples& examples, const Model::Impl& impl, size_t batch_size)
      : examples_(examples),
        reader_(examples, static_cast<size_t>(impl.interface.input_elements())),
        device_(impl.device()) {
    std::vector<int64_t> shape = impl.interface.input_shape;
    shape.insert(shape.begin(), static_cast<int64_t>(batch_size));
    inputs_ = at::empty(shape, at::kFloat);
    std::vector<int64_t> target_shape = {shape[0]};
    if (impl.head == Head::kPixels) target_shape.insert(target_shape.end(), shape.end() - 2, shape.end());
    const bool whole = impl.head == Head::kClasses || impl.head == Head::kPixels;
    targets_ = at::empty(target_shape, whole ? at::kLong : at::kFloat);
    pixels_ = impl.head == Head::kPixels ? static_cast<size_t>(shape[2] * shape[3]) : 0;
  }

  absl::Status Fill(absl::Span<const uint32_t> rows) {
    rows_ = static_cast<int64_t>(rows.size());
    row_targets_.resize(rows.size());
    ACCORD_RETURN_IF_ERROR(reader_.Read(rows, inputs_.data_ptr<float>(), absl::MakeSpan(row_targets_)));
    if (pixels_ > 0) {
      int64_t* targets = targets_.data_ptr<int64_t>();
      for (const uint32_t row : rows) targets = std::copy_n(examples_.masks.data() + row * pixels_, pixels_, targets);
    } else if (targets_.scalar_type() == at::kLong) {
      int64_t* targets = targets_.data_ptr<int64_t>();
      for (const float target : row_targets_) *targets++ = static_cast<int64_t>(target);
    } else {
      std::copy(row_targets_.begin(), row_targets_.end(), targets_.data_ptr<float>());
    }
    return absl::OkStatus();
  }
  // On the model's device: these buffers themselves where that is the CPU, else a copy.
  at::Tensor inputs() const { return FirstRows(inputs_).to(device_); }
  at::Tensor targets() const { return FirstRows(targets_).to(device_); }

 private:
  at::Tensor FirstRows(const at::Tensor& tensor) const {
    return tensor.size(0) == rows_ ? tensor : tensor.narrow(0, 0, rows_);
  }

  const Examples& examples_;
  RowReader reader_;
  const at::Device device_;
  std::vector<float> row_targets_;
  size_t pixels_ = 0;  // of a mask; 0 where a row has one target
  int64_t rows_ = 0;
  at::Tensor inputs_, targets_;
};

// Mean loss of a batch. With class weights the weighted mean, as torch.nn.CrossEntropyLoss(weight=...) takes it.
class BatchLoss {
 public:
  BatchLoss(Head head, const v1::Training& training, const at::Device& device) : head_(head) {
    if (training.class_weights().empty()) return;
    weights_ = at::empty({training.class_weights_size()}, at::kFloat);
    float* weight = weights_.data_ptr<float>();
    for (const double value : training.class_weights()) *weight++ = static_cast<float>(value);
    weights_ = weights_.to(device);
  }

  at::Tensor Of(const at::Tensor& output, const at::Tensor& targets) const {
    switch (head_) {
      case Head::kLogit: {
        if (!weights_.defined()) return at::binary_cross_entropy_with_logits(output, targets);
        const at::Tensor weights = weights_.index_select(0, targets.to(at::kLong));
        return at::binary_cross_entropy_with_logits(output, targets, weights, {}, at::Reduction::Sum) / weights.sum();
      }
      case Head::kClasses:
      case Head::kPixels:
        if (weights_.defined()) return at::cross_entropy_loss(output, targets, weights_);
        return at::cross_entropy_loss(output, targets);
      default:
        return at::mse_loss(output, targets);
    }
  }

 private:
  const Head head_;
  at::Tensor weights_;  // undefined: all 1
};

std::string StreamName(const LocalTraining& local, absl::string_view use) {
  return local.stream.empty() ? std::string(use) : absl::StrCat(local.stream, "-", use);
}

// Of the CPU and of the model's device. torch::manual_seed would ask how many GPUs there are, which starts CUDA and its
// threads in processes that shall have none.
void SeedTorch(uint64_t seed, const at::Device& device) {
  const auto seed_device = [seed](const at::Device& each) {
    at::Generator generator = at::globalContext().defaultGenerator(each);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
  };
  seed_device(at::kCPU);
  if (device.is_cuda()) seed_device(device);
}

absl::Status RunSteps(const v1::JobSpec& spec, const LocalTraining& local, const Examples& train, Model::Impl& impl) {
  v1::Training training = spec.training();
  if (local.epochs > 0) training.set_local_epochs(local.epochs);
  BatchOrder order(train.rows(), training.batch_size(),
                   RandomStream({spec.seed(), local.site, local.round, StreamName(local, "batch-order")}));
  const uint64_t steps = LocalSteps(training, train.rows());
  SeedTorch(DeriveSeed({spec.seed(), local.site, local.round, StreamName(local, "torch")}), impl.device());  // dropout
  BatchBuffers batch(train, impl, order.batch_size());
  at::Tensor& gradients = impl.Gradients();
  at::Tensor values = impl.flat.values.narrow(0, 0, impl.flat.num_trainable);
  const std::unique_ptr<Optimizer> optimizer = MakeOptimizer(training, LearningRateFactor(spec, local.round));
  const BatchLoss loss(impl.head, training, impl.device());
  const double mu = local.proximal ? spec.aggregation().fedprox().mu() : 0;
  const ProximalTerm prox(mu, mu == 0 ? at::Tensor() : values.detach().clone());
  const ProximalTerm pull(local.pull, local.pull == 0 ? at::Tensor() : ViewOfFirst(local.pull_to, values));
  GradientCorrection correction(local.controls, spec.training().sgd().weight_decay(), values);
  const HeldElements held(local.held, values);
  impl.module.train();
  for (uint64_t step = 0; step < steps; ++step) {
    ACCORD_RETURN_IF_ERROR(batch.Fill(order.Next()));
    gradients.zero_();
    loss.Of(impl.Forward(batch.inputs()), batch.targets()).backward();
    {
      torch::NoGradGuard no_grad;
      prox.AddTo(values, gradients);
      pull.AddTo(values, gradients);
      if (training.clip_gradient_norm() > 0) ClipNorm(gradients, training.clip_gradient_norm());
      correction.Correct(values, gradients);
      optimizer->Step(values, gradients);
      held.Restore(values);
    }
    if (local.progress) local.progress(step + 1, steps);
  }
  correction.Finish(steps);
  return absl::OkStatus();
}

absl::Status CheckSizes(const LocalTraining& local, const FlatParameters& flat) {
  const auto trainable = static_cast<size_t>(flat.num_trainable);
  const auto fits = [trainable](absl::Span<const float> numbers) { return numbers.size() >= trainable; };
  const bool controls_fit =
      local.controls == nullptr || ((local.controls->common.empty() || fits(local.controls->common)) &&
                                    (local.controls->own.empty() || fits(local.controls->own)));
  if (controls_fit && (local.pull == 0 || fits(local.pull_to))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "training: what corrects the steps has fewer numbers than the model's ", trainable, " that are trained"));
}

}  // namespace

absl::Status TrainLocally(const v1::JobSpec& spec, const LocalTraining& local, const Examples& train, Model& model) {
  Model::Impl& impl = model.impl();
  impl.holds_file_weights = false;
  if (spec.model().has_drill()) {
    return CatchTorchErrors("drill", ErrorText::kShow, [&] {
      RunDrill(impl);
      if (local.progress) local.progress(1, 1);
      return absl::OkStatus();
    });
  }
  if (train.rows() == 0) return absl::InvalidArgumentError("training: there are no training rows");
  ACCORD_RETURN_IF_ERROR(CheckExamples(train, impl.interface));
  ACCORD_RETURN_IF_ERROR(CheckSizes(local, impl.flat));
  return CatchTorchErrors("training", impl.from_file ? ErrorText::kWithhold : ErrorText::kShow,
                          [&] { return RunSteps(spec, local, train, impl); });
}

}  // namespace accord
