#include <torch/torch.h>

#include <algorithm>
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

void AddBatch(const Model::Impl& impl, const at::Tensor& output, absl::Span<const float> targets,
              EvaluationAdder& adder) {
  const at::Tensor answers = output.contiguous();
  const float* answer = answers.data_ptr<float>();
  const auto classes = static_cast<size_t>(impl.interface.num_classes);
  for (size_t row = 0; row < targets.size(); ++row) {
    if (impl.head == Head::kLogit) {
      adder.AddLogit(answer[row], targets[row] == 1);
    } else if (impl.head == Head::kClasses) {
      adder.AddClasses({answer + row * classes, classes}, static_cast<size_t>(targets[row]));
    } else {
      adder.AddNumber(answer[row], targets[row]);
    }
  }
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
  EvaluationAdder adder(spec, examples.cells, sums);
  std::vector<uint32_t> rows;
  for (size_t begin = 0; begin < num_rows; begin += batch_rows) {
    rows.resize(std::min(batch_rows, num_rows - begin));
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    GatherInputs(examples, static_cast<size_t>(elements), rows, inputs.data_ptr<float>());
    const at::Tensor output = impl.Forward(inputs.narrow(0, 0, static_cast<int64_t>(rows.size())));
    AddBatch(impl, output, absl::MakeConstSpan(examples.targets).subspan(begin, rows.size()), adder);
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
