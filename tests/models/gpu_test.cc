// What is computed on a GPU beside the same on the CPU. Where there is no GPU nothing of this runs.
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "models/device.h"
#include "models/torch_error.h"
#include "models/training.h"
#include "tests/models/network_jobs.h"

namespace accord::gpu_test {
namespace {

// How far a model on the GPU may be from the one on the CPU after kSteps steps of SGD, as a share of the step that
// training made (L2 norms): sums of float32 are rounded in another order there. A loss may differ by as much of itself.
constexpr double kTolerance = 1e-4;
constexpr uint32_t kSteps = 20;

class Gpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string fault = GpuFault(); !fault.empty()) GTEST_SKIP() << fault;
    PrepareDevice(Device::kCuda);
  }
};

struct Trained {
  std::vector<float> first, last;
  EvaluationSums sums;
};

Trained TrainOn(Device device, const v1::JobSpec& spec, const Examples& rows, LocalTraining local = {},
                const std::string& torchscript = "") {
  Trained trained;
  const auto made = Model::Create(spec, torchscript, device);
  EXPECT_TRUE(made.ok()) << made.status();
  if (!made.ok()) return trained;
  Model& model = **made;
  EXPECT_TRUE(model.Initialise().ok());
  trained.first = Parameters(model);
  local.site = "a";
  local.round = 1;
  const absl::Status status = TrainLocally(spec, local, rows, model);
  EXPECT_TRUE(status.ok()) << status;
  trained.last = Parameters(model);
  const auto sums = Evaluate(spec, rows, rows.rows(), model);
  EXPECT_TRUE(sums.ok()) << sums.status();
  if (sums.ok()) trained.sums = *sums;
  return trained;
}

double Distance(const std::vector<float>& a, const std::vector<float>& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += std::pow(double{a[i]} - b[i], 2);
  return std::sqrt(squares);
}

void ExpectTheSame(const Trained& cpu, const Trained& gpu, const std::string& what) {
  ASSERT_EQ(cpu.last.size(), gpu.last.size()) << what;
  EXPECT_EQ(cpu.first, gpu.first) << what << ": both begin with the same numbers";
  const double step = Distance(cpu.first, cpu.last);
  EXPECT_GT(step, 0) << what;
  const double apart = Distance(cpu.last, gpu.last) / step;
  EXPECT_LT(apart, kTolerance) << what;
  EXPECT_EQ(cpu.sums.rows, gpu.sums.rows) << what;
  EXPECT_NEAR(gpu.sums.loss, cpu.sums.loss, kTolerance * std::abs(cpu.sums.loss)) << what;
  std::ostringstream text;
  text << apart;
  ::testing::Test::RecordProperty(what, text.str());
}

v1::JobSpec WithSteps(v1::JobSpec spec, double rate) {
  spec.mutable_training()->mutable_sgd()->set_learning_rate(rate);
  spec.mutable_training()->set_local_steps(kSteps);
  spec.mutable_training()->set_batch_size(16);
  return spec;
}

v1::JobSpec MlpJob() {
  v1::JobSpec spec = TableJob(6, 3);
  spec.mutable_model()->mutable_mlp()->add_hidden(16);
  return WithSteps(spec, 0.05);
}

// Rows of a table, whose target is a number.
Examples NumberRows() {
  Examples rows = SeparableRows(48, 6, 3);
  for (size_t i = 0; i < rows.targets.size(); ++i) rows.targets[i] = rows.numbers[6 * i] - rows.numbers[6 * i + 1];
  return rows;
}

Examples Pictures(size_t rows, int64_t channels, int64_t side, int levels) {
  RandomStream random({6, "", 0, "test"});
  Examples examples;
  examples.input_shape = {channels, side, side};
  for (size_t row = 0; row < rows; ++row) {
    examples.targets.push_back(static_cast<float>(static_cast<int>(row) % levels));
    for (int64_t i = 0; i < channels * side * side; ++i)
      examples.bytes.push_back(static_cast<uint8_t>(random.NextBelow(256)));
  }
  return examples;
}

TEST_F(Gpu, EveryModelOfTheZooLearnsThereWhatItLearnsOnTheCpu) {
  struct Case {
    std::string name;
    v1::JobSpec spec;
    Examples rows;
  };
  v1::JobSpec logistic = TableJob(6, 2);
  logistic.mutable_model()->mutable_logistic_regression();
  v1::JobSpec linear = TableJob(6, 0);
  linear.mutable_model()->mutable_linear_regression();
  const Examples waves = Waves(48, 2, 21, 3);
  const std::vector<Case> cases = {
      {"logistic_regression", WithSteps(logistic, 0.1), SeparableRows(48, 6, 2)},
      {"linear_regression", WithSteps(linear, 0.005), NumberRows()},
      {"mlp", MlpJob(), SeparableRows(48, 6, 3)},
      {"small_cnn", WithSteps(ImageJob(28, 3), 0.02), SeparableImages(48, 28, 3)},
      {"series_cnn", WithSteps(CnnJob(), 0.05), waves},
      {"series_rnn, gru", WithSteps(RnnJob(v1::SeriesRnn::GRU, 2), 0.1), Waves(48, 2, 9, 3)},
      {"series_rnn, lstm", WithSteps(RnnJob(v1::SeriesRnn::LSTM, 2), 0.1), Waves(48, 2, 9, 3)},
      {"text_transformer", WithSteps(TextJob(), 0.05), TextsWithOneWord(48)},
      {"resnet18", WithSteps(ResNetJob(8, 2, 3), 0.005), Pictures(32, 3, 40, 3)},
      {"unet", WithSteps(MaskJob(8, 2), 0.05), PicturesBrightBehindAnEdge(32)},
  };
  for (const Case& each : cases) {
    ExpectTheSame(TrainOn(Device::kCpu, each.spec, each.rows), TrainOn(Device::kCuda, each.spec, each.rows), each.name);
  }
}

TEST_F(Gpu, SoDoesAModelOfTheJobsOwnWithItsBuffersAndCounters) {
  torch::jit::Module module("__torch__.Own");
  module.register_attribute("training", c10::BoolType::get(), true);
  module.register_parameter("weight", at::full({6}, 0.1f).requires_grad_(true), false);
  module.register_buffer("mean", at::zeros({6}));
  module.register_buffer("batches", at::zeros({}, at::kLong));
  module.define(R"(
    def forward(self, x):
        if self.training:
            self.batches.add_(1)
            self.mean.mul_(0.9).add_(torch.mean(x, [0]), alpha=0.1)
        return torch.mv(x - self.mean, self.weight)
  )");
  std::ostringstream file;
  module.save(file);
  v1::JobSpec spec = TableJob(6, 2);
  spec.mutable_model()->mutable_torchscript();
  spec = WithSteps(spec, 0.05);
  const Examples rows = SeparableRows(48, 6, 2);
  ExpectTheSame(TrainOn(Device::kCpu, spec, rows, {}, file.str()), TrainOn(Device::kCuda, spec, rows, {}, file.str()),
                "torchscript");
}

TEST_F(Gpu, WhatStrategiesAndOptionsAddToAStepIsComputedThere) {
  const Examples rows = SeparableRows(48, 6, 3);
  v1::JobSpec spec = MlpJob();
  for (const double weight : {1.0, 2.0, 0.5}) spec.mutable_training()->add_class_weights(weight);
  spec.mutable_training()->set_clip_gradient_norm(0.5);
  spec.mutable_training()->mutable_sgd()->set_momentum(0.9);
  spec.mutable_training()->mutable_sgd()->set_weight_decay(0.01);
  spec.mutable_aggregation()->mutable_fedprox()->set_mu(0.1);
  ExpectTheSame(TrainOn(Device::kCpu, spec, rows), TrainOn(Device::kCuda, spec, rows), "options and fedprox");

  const size_t size = TrainOn(Device::kCpu, MlpJob(), rows).last.size();
  const std::vector<float> centre(size, 0.1f), common(size, 0.01f), own(size, -0.01f);
  std::vector<float> means[2];
  Trained corrected[2];
  for (const Device device : {Device::kCpu, Device::kCuda}) {
    const size_t i = device == Device::kCuda ? 1 : 0;
    ControlVariates controls = {common, own, &means[i]};
    LocalTraining local;
    local.controls = &controls;
    local.pull = 0.1;
    local.pull_to = centre;
    local.held = {{0, 5}};
    corrected[i] = TrainOn(device, MlpJob(), rows, local);
  }
  ExpectTheSame(corrected[0], corrected[1], "scaffold, ditto and held elements");
  EXPECT_TRUE(std::equal(corrected[1].first.begin(), corrected[1].first.begin() + 5, corrected[1].last.begin()));
  ASSERT_EQ(means[0].size(), means[1].size());
  EXPECT_LT(Distance(means[0], means[1]), kTolerance * Distance(means[0], std::vector<float>(means[0].size())));
}

// Adam divides by the root of a gradient's square: where a gradient is nothing but rounding its step is still a whole
// one, so what is compared is what the model says.
TEST_F(Gpu, AdamAndDropoutLearnThereAsWell) {
  v1::JobSpec spec = MlpJob();
  spec.mutable_model()->mutable_mlp()->set_dropout(0.2);
  UseAdam(0.02, spec);
  spec.mutable_training()->set_local_steps(200);
  const Examples rows = SeparableRows(48, 6, 3);
  const Trained gpu = TrainOn(Device::kCuda, spec, rows);
  EXPECT_EQ(gpu.sums.correct, rows.rows());
  EXPECT_LT(gpu.sums.loss / static_cast<double>(rows.rows()), 0.05);
}

TEST_F(Gpu, ParametersGoThereAndComeBackBitForBit) {
  const v1::JobSpec spec = MlpJob();
  const auto model = Model::Create(spec, "", Device::kCuda);
  ASSERT_TRUE(model.ok()) << model.status();
  std::vector<float> numbers((*model)->layout().num_elements());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = 1.0f / static_cast<float>(i + 3);
  ASSERT_TRUE((*model)->LoadParameters(numbers).ok());
  EXPECT_EQ(Parameters(**model), numbers);
}

TEST_F(Gpu, ThatItsMemoryDoesNotSufficeIsToldInWords) {
  const absl::Status status = CatchTorchErrors("training", ErrorText::kWithhold, [] {
    const at::Tensor whole = at::empty({int64_t{1} << 42}, at::TensorOptions().device(at::kCUDA).dtype(at::kByte));
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

}  // namespace
}  // namespace accord::gpu_test
