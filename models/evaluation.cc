#include <torch/torch.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/status.h"
#include "models/examples_check.h"
#include "models/model_impl.h"
#include "models/row_reader.h"
#include "models/torch_error.h"
#include "models/training.h"

namespace accord {
namespace {

// Values of one batch's inputs, and rows: keeps activations of a small network within some tens of megabytes.
constexpr int64_t kBatchValues = 1 << 18;
constexpr int64_t kMinBatchRows = 16;
constexpr int64_t kMaxBatchRows = 8192;
constexpr int64_t kBatchActivations = 1 << 22;  // of the widest layer: 16 MiB

void AddMasks(const Model::Impl& impl, const at::Tensor& output, absl::Span<const uint8_t> masks,
              EvaluationAdder& adder) {
  const at::Tensor answers = output.contiguous();
  const auto classes = static_cast<size_t>(impl.interface.num_classes);
  const auto rows = static_cast<size_t>(answers.size(0));
  const size_t pixels = masks.size() / rows;
  const float* answer = answers.data_ptr<float>();
  for (size_t row = 0; row < rows; ++row, answer += classes * pixels) {
    adder.AddMask({answer, classes * pixels}, masks.subspan(row * pixels, pixels));
  }
}

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

// Numbers in the widest layer of a network that is wider than what it reads, for one row; 1 for other models.
int64_t ActivationsOf(const v1::ModelSpec& model, const std::vector<int64_t>& input_shape) {
  const auto widest = [](const auto& channels) -> int64_t {
    return channels.empty() ? 1 : *std::max_element(channels.begin(), channels.end());
  };
  if (model.has_series_cnn()) return widest(model.series_cnn().channels()) * input_shape.back();
  if (model.has_series_rnn()) return int64_t{4} * model.series_rnn().hidden() * input_shape.back();
  if (model.has_text_transformer()) {
    const v1::TextTransformer& text = model.text_transformer();
    const int64_t length = input_shape.back();
    return length * std::max<int64_t>({length * text.heads(), int64_t{3} * text.width(), int64_t{text.feed_forward()}});
  }
  if (model.has_resnet18()) return int64_t{model.resnet18().width()} * input_shape[1] * input_shape[2] / 4;
  if (model.has_unet()) return 2 * widest(model.unet().channels()) * input_shape[1] * input_shape[2];
  return 1;
}

absl::Status RunBatches(const v1::JobSpec& spec, const Examples& examples, size_t num_rows, Model::Impl& impl,
                        EvaluationSums& sums) {
  torch::NoGradGuard no_grad;
  impl.module.eval();
  const int64_t elements = impl.interface.input_elements();
  const auto batch_rows = static_cast<size_t>(
      std::min(std::clamp(kBatchValues / elements, kMinBatchRows, kMaxBatchRows),
               std::max<int64_t>(1, kBatchActivations / ActivationsOf(spec.model(), impl.interface.input_shape))));
  std::vector<int64_t> shape = impl.interface.input_shape;
  shape.insert(shape.begin(), static_cast<int64_t>(std::min(batch_rows, num_rows)));
  const at::Tensor inputs = at::empty(shape, at::kFloat);
  EvaluationAdder adder(spec, examples.cells, sums);
  RowReader reader(examples, static_cast<size_t>(elements));
  std::vector<uint32_t> rows;
  std::vector<float> targets;
  for (size_t begin = 0; begin < num_rows; begin += batch_rows) {
    rows.resize(std::min(batch_rows, num_rows - begin));
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    targets.resize(rows.size());
    ACCORD_RETURN_IF_ERROR(reader.Read(rows, inputs.data_ptr<float>(), absl::MakeSpan(targets)));
    if (examples.disk.progress) examples.disk.progress(begin + rows.size(), num_rows);
    const at::Tensor output =
        impl.Forward(inputs.narrow(0, 0, static_cast<int64_t>(rows.size())).to(impl.device())).cpu();
    if (impl.head == Head::kPixels) {
      const size_t pixels = examples.masks.size() / examples.rows();
      AddMasks(impl, output, absl::MakeConstSpan(examples.masks).subspan(begin * pixels, rows.size() * pixels), adder);
      continue;
    }
    AddBatch(impl, output, targets, adder);
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
