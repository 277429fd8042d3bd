// A training step of Accord's TorchScript models beside the same step written with torch::nn and torch::optim on a
// batch that is already a tensor: what LibTorch itself needs.
#include <torch/torch.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/random_stream.h"
#include "base/status.h"
#include "bench/figure.h"
#include "models/model.h"
#include "models/training.h"

namespace accord::bench {
namespace {

constexpr uint32_t kSteps = 20;     // of one timed call
constexpr int kModelRepeats = 31;   // of each side, alternating
constexpr int64_t kBatchRows = 32;  // rows
constexpr double kLearningRate = 0.01;

v1::JobSpec ModelJob(int levels) {
  v1::JobSpec spec;
  for (int i = 0; i < levels; ++i) spec.mutable_data()->mutable_target()->mutable_category()->add_levels("level");
  spec.mutable_training()->set_batch_size(kBatchRows);
  spec.mutable_training()->set_local_steps(kSteps);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(kLearningRate);
  return spec;
}

Examples Rows(std::vector<int64_t> shape, int levels) {
  Examples rows;
  RandomStream random({.job_seed = 1, .site = "", .round = 0, .use = "bench"});
  size_t elements = 1;
  for (const int64_t dimension : shape) elements *= static_cast<size_t>(dimension);
  for (size_t i = 0; i < 4 * kBatchRows; ++i)
    rows.targets.push_back(static_cast<float>(i % static_cast<size_t>(levels)));
  for (size_t i = 0; i < elements * rows.rows(); ++i) {
    if (shape.size() == 1)
      rows.numbers.push_back(random.NextFloat());
    else
      rows.bytes.push_back(static_cast<uint8_t>(random.NextBelow(256)));
  }
  rows.input_shape = std::move(shape);
  return rows;
}

// One of ours and the one with torch::nn.
struct Pair {
  std::string name;
  v1::JobSpec spec;
  Examples rows;
  torch::nn::Sequential reference;
};

std::vector<Pair> Pairs() {
  namespace nn = torch::nn;
  std::vector<Pair> pairs;
  v1::JobSpec spec = ModelJob(2);
  for (int i = 0; i < 35; ++i) spec.mutable_data()->add_features()->mutable_numeric();
  spec.mutable_model()->mutable_logistic_regression();
  pairs.push_back({"models/step/logistic_regression_us", spec, Rows({35}, 2), nn::Sequential(nn::Linear(35, 1))});
  spec.mutable_data()->mutable_target()->mutable_category()->add_levels("level");
  spec.mutable_model()->mutable_mlp()->add_hidden(32);
  pairs.push_back(
      {"models/step/mlp_us", spec, Rows({35}, 3), nn::Sequential(nn::Linear(35, 32), nn::ReLU(), nn::Linear(32, 3))});
  spec = ModelJob(10);
  spec.mutable_data()->mutable_image()->set_channels(1);
  spec.mutable_data()->mutable_image()->set_height(28);
  spec.mutable_data()->mutable_image()->set_width(28);
  v1::SmallCnn& cnn = *spec.mutable_model()->mutable_small_cnn();
  cnn.add_channels(16);
  cnn.add_channels(32);
  cnn.set_hidden(128);
  pairs.push_back({"models/step/small_cnn_us", spec, Rows({1, 28, 28}, 10),
                   nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 5).padding(2)), nn::ReLU(), nn::MaxPool2d(2),
                                  nn::Conv2d(nn::Conv2dOptions(16, 32, 5).padding(2)), nn::ReLU(), nn::MaxPool2d(2),
                                  nn::Flatten(), nn::Linear(32 * 7 * 7, 128), nn::ReLU(), nn::Linear(128, 10))});
  return pairs;
}

void RunReference(Pair& pair, torch::optim::SGD& optimizer, const at::Tensor& inputs, const at::Tensor& targets) {
  for (uint32_t step = 0; step < kSteps; ++step) {
    optimizer.zero_grad();
    const at::Tensor output = pair.reference->forward(inputs);
    at::Tensor loss = targets.scalar_type() == at::kLong
                          ? torch::nn::functional::cross_entropy(output, targets)
                          : torch::nn::functional::binary_cross_entropy_with_logits(output.flatten(), targets);
    loss.backward();
    optimizer.step();
  }
}

double MicrosecondsAStep(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / kSteps;
}

absl::StatusOr<Figure> MeasurePair(Pair& pair) {
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Create(pair.spec, ""));
  ACCORD_RETURN_IF_ERROR(model->Initialise());
  std::vector<int64_t> shape = pair.rows.input_shape;
  shape.insert(shape.begin(), kBatchRows);
  const at::Tensor inputs = at::rand(shape);
  const bool is_binary = pair.spec.data().target().category().levels_size() == 2;
  const at::Tensor targets = at::zeros({kBatchRows}, is_binary ? at::kFloat : at::kLong);
  torch::optim::SGD optimizer(pair.reference->parameters(), kLearningRate);
  absl::Status status;
  std::vector<double> ours, reference;
  for (int i = 0; i < kModelRepeats; ++i) {
    ours.push_back(MicrosecondsAStep([&] {
      status.Update(TrainLocally(pair.spec, {.site = "", .round = 1, .progress = nullptr}, pair.rows, *model));
    }));
    reference.push_back(MicrosecondsAStep([&] { RunReference(pair, optimizer, inputs, targets); }));
  }
  ACCORD_RETURN_IF_ERROR(status);
  return Figure{pair.name, Median(ours), "us/step", Median(reference)};
}

absl::Status MeasureModels(const Settings&, const std::function<void(const Figure&)>& report) {
  ACCORD_RETURN_IF_ERROR(SetComputeThreads(1));
  for (Pair& pair : Pairs()) {
    ACCORD_ASSIGN_OR_RETURN(const Figure figure, MeasurePair(pair));
    report(figure);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> ModelSubjects() {
  return {{{"models/step/logistic_regression_us", "models/step/mlp_us", "models/step/small_cnn_us"}, &MeasureModels}};
}

}  // namespace accord::bench
