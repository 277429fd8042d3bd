#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/status.h"
#include "models/batches.h"
#include "models/examples_check.h"
#include "models/model_impl.h"
#include "models/torch_error.h"
#include "models/training.h"

namespace accord {
namespace {

// Values of one batch's inputs, and rows: keeps activations of a small network within some tens of megabytes.
constexpr int64_t kBatchValues = 1 << 18;
constexpr int64_t kMinBatchRows = 16;
constexpr int64_t kMaxBatchRows = 8192;

// A model that has diverged answers with something that is not a number; that counts as the largest loss.
double BoundedLoss(double loss) { return loss < kMaxLoss ? loss : kMaxLoss; }

// log(1 + exp(x)) without overflow.
double SoftPlus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

void AddScore(double probability, bool positive, EvaluationSums& sums) {
  const double bin = std::isnan(probability) ? kScoreBins / 2.0 : probability * kScoreBins;
  const int index = std::min(static_cast<int>(bin), kScoreBins - 1);
  ++sums.scores[static_cast<size_t>(index + (positive ? kScoreBins : 0))];
}

void AddLogit(double logit, bool positive, EvaluationSums& sums) {
  sums.loss += BoundedLoss(SoftPlus(positive ? -logit : logit));
  sums.correct += positive ? logit > 0 : logit <= 0;
  AddScore(1 / (1 + std::exp(-logit)), positive, sums);
}

void AddClasses(absl::Span<const float> logits, size_t target, EvaluationSums& sums) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  sums.loss += BoundedLoss(std::log(total) + largest - logits[target]);
  bool best = true;  // ties go to the first class, as argmax says; nothing is right if the answer is not a number
  for (size_t i = 0; i < logits.size(); ++i) {
    best = best && (i < target ? logits[i] < logits[target] : logits[i] <= logits[target]);
  }
  sums.correct += best;
  if (logits.size() == 2) AddScore(std::exp(logits[1] - largest) / total, target == 1, sums);
}

void AddNumber(double answer, double target, double largest_square, EvaluationSums& sums) {
  const double square = (answer - target) * (answer - target);
  sums.loss += BoundedLoss(square);
  sums.squared_error += square < largest_square ? square : largest_square;
}

void AddBatch(const Model::Impl& impl, const at::Tensor& output, absl::Span<const float> targets, double largest_square,
              EvaluationSums& sums) {
  const at::Tensor answers = output.contiguous();
  const float* answer = answers.data_ptr<float>();
  const auto classes = static_cast<size_t>(impl.interface.num_classes);
  for (size_t row = 0; row < targets.size(); ++row) {
    if (impl.head == Head::kLogit) {
      AddLogit(answer[row], targets[row] == 1, sums);
    } else if (impl.head == Head::kClasses) {
      AddClasses({answer + row * classes, classes}, static_cast<size_t>(targets[row]), sums);
    } else {
      AddNumber(answer[row], targets[row], largest_square, sums);
    }
  }
  sums.rows += targets.size();
}

// An error as large as the target's whole range: what the schema of the sum allows.
double LargestSquaredError(const v1::JobSpec& spec) {
  const v1::Numeric& target = spec.data().target().numeric();
  return (target.max() - target.min()) * (target.max() - target.min());
}

absl::Status RunBatches(const v1::JobSpec& spec, const Examples& examples, size_t num_rows, Model::Impl& impl,
                        EvaluationSums& sums) {
  torch::NoGradGuard no_grad;
  impl.module.eval();
  const int64_t elements = impl.interface.input_elements();
  const auto batch_rows = static_cast<size_t>(std::clamp(kBatchValues / elements, kMinBatchRows, kMaxBatchRows));
  std::vector<int64_t> shape = impl.interface.input_shape;
  shape.insert(shape.begin(), static_cast<int64_t>(std::min(batch_rows, num_rows)));
  const at::Tensor inputs = at::empty(shape, at::kFloat);
  std::vector<uint32_t> rows;
  for (size_t begin = 0; begin < num_rows; begin += batch_rows) {
    rows.resize(std::min(batch_rows, num_rows - begin));
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    GatherInputs(examples, static_cast<size_t>(elements), rows, inputs.data_ptr<float>());
    const at::Tensor output = impl.Forward(inputs.narrow(0, 0, static_cast<int64_t>(rows.size())));
    AddBatch(impl, output, absl::MakeConstSpan(examples.targets).subspan(begin, rows.size()), LargestSquaredError(spec),
             sums);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EvaluationSums> Evaluate(const v1::JobSpec& spec, const Examples& rows, uint64_t max_rows,
                                        Model& model) {
  Model::Impl& impl = model.impl();
  if (impl.head == Head::kNone) return absl::InvalidArgumentError("evaluation: a drill has nothing to evaluate");
  EvaluationSums sums;
  if (rows.rows() == 0) return sums;
  ACCORD_RETURN_IF_ERROR(CheckExamples(rows, impl.interface));
  const auto num_rows = static_cast<size_t>(std::min<uint64_t>(rows.rows(), max_rows));
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors("evaluation", impl.from_file ? ErrorText::kWithhold : ErrorText::kShow,
                                          [&] { return RunBatches(spec, rows, num_rows, impl, sums); }));
  return sums;
}

}  // namespace accord
