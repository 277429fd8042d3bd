#include "models/model.h"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/newton/regression.h"
#include "base/hash.h"
#include "base/random_stream.h"
#include "base/status.h"
#include "models/model_impl.h"
#include "models/torch_error.h"
#include "models/zoo/zoo.h"

namespace accord {
namespace {

constexpr int64_t kProbeRows = 3;  // tells [n] from [n, 1] and from a fixed shape

absl::StatusOr<torch::jit::Module> MakeModule(const v1::ModelSpec& spec, const ModelInterface& interface,
                                              absl::string_view torchscript) {
  switch (spec.kind_case()) {
    case v1::ModelSpec::kLogisticRegression:
      return zoo::MakeLogisticRegression(interface);
    case v1::ModelSpec::kLinearRegression:
      return zoo::MakeLinearRegression(interface);
    case v1::ModelSpec::kPoissonRegression:
      return zoo::MakePoissonRegression(interface);
    case v1::ModelSpec::kCox:
      return zoo::MakeCox(interface);
    case v1::ModelSpec::kMlp:
      return zoo::MakeMlp(spec.mlp(), interface);
    case v1::ModelSpec::kSmallCnn:
      return zoo::MakeSmallCnn(spec.small_cnn(), interface);
    case v1::ModelSpec::kTorchscript:
      return zoo::LoadTorchScript(torchscript);
    case v1::ModelSpec::kDrill:
      return zoo::MakeDrill(spec.drill());
    case v1::ModelSpec::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("model: names none of the models that exist");
}

bool IsOneNumberARow(const at::Tensor& output, int64_t rows) {
  return output.dim() >= 1 && output.dim() <= 2 && output.size(0) == rows && output.numel() == rows;
}

bool IsOneNumberAClass(const at::Tensor& output, int64_t rows, int64_t classes) {
  return output.dim() == 2 && output.size(0) == rows && output.size(1) == classes;
}

// How the output of a job's own model is read, from its answer to rows of zeros.
absl::StatusOr<Head> HeadOfFile(torch::jit::Module& module, const ModelInterface& interface) {
  torch::NoGradGuard no_grad;
  std::vector<int64_t> shape = interface.input_shape;
  shape.insert(shape.begin(), kProbeRows);
  const c10::IValue answer = module.forward({at::zeros(shape, at::kFloat)});
  if (!answer.isTensor()) return absl::InvalidArgumentError("model.torchscript: forward does not return a tensor");
  const at::Tensor& output = answer.toTensor();
  const bool one_number = IsOneNumberARow(output, kProbeRows);
  if (output.scalar_type() == at::kFloat) {
    if (interface.task == Task::kRegression && one_number) return Head::kNumber;
    if (interface.task == Task::kBinary && one_number) return Head::kLogit;
    if (interface.task != Task::kRegression && IsOneNumberAClass(output, kProbeRows, interface.num_classes)) {
      return Head::kClasses;
    }
  }
  const std::string wanted = interface.task == Task::kRegression ? "[n] or [n, 1]"
                             : interface.task == Task::kBinary   ? "[n], [n, 1] or [n, 2]"
                                                                 : absl::StrCat("[n, ", interface.num_classes, "]");
  return absl::InvalidArgumentError(absl::StrCat(
      "model.torchscript: forward answers ", kProbeRows, " rows with ", c10::toString(output.scalar_type()), " [",
      absl::StrJoin(output.sizes(), ", "), "]; the target needs float32 ", wanted));
}

// PyTorch's rule for linear and convolution layers, weights and biases alike: uniform in +-1/sqrt(fan_in), where a bias
// has the fan-in of the weight before it. (kaiming_uniform_ with a = sqrt(5): He et al. 2015.)
void FillUniform(absl::Span<float> values, float bound, RandomStream& random) {
  std::vector<uint32_t> bits(std::min<size_t>(values.size(), 1 << 16));
  while (!values.empty()) {
    const absl::Span<uint32_t> piece = absl::MakeSpan(bits).first(std::min(bits.size(), values.size()));
    random.Fill(piece);
    for (size_t i = 0; i < piece.size(); ++i) {
      values[i] = (static_cast<float>(piece[i] >> 8) * 0x1.0p-23f - 1.0f) * bound;
    }
    values.remove_prefix(piece.size());
  }
}

void InitialiseZooModel(Model::Impl& impl) {
  RandomStream random({.job_seed = impl.job_seed, .site = "", .round = 0, .use = "initial-weights"});
  const absl::Span<float> values(impl.flat.values.data_ptr<float>(), impl.flat.layout.num_elements());
  double fan_in = 1;
  for (const v1::ParameterLayout::Entry& entry : impl.flat.layout.entries()) {
    uint64_t elements = 1;
    for (const int64_t dimension : entry.shape()) elements *= static_cast<uint64_t>(dimension);
    if (entry.shape_size() > 1) fan_in = static_cast<double>(elements) / static_cast<double>(entry.shape(0));
    FillUniform(values.subspan(entry.offset(), elements), static_cast<float>(1 / std::sqrt(fan_in)), random);
  }
}

absl::Status SetUp(const v1::JobSpec& spec, absl::string_view torchscript, Model::Impl& impl) {
  ACCORD_ASSIGN_OR_RETURN(impl.interface, InterfaceOf(spec));
  ACCORD_ASSIGN_OR_RETURN(impl.module, MakeModule(spec.model(), impl.interface, torchscript));
  if (spec.aggregation().has_newton()) {
    // What rounding to float32 took from each coefficient; no forward reads it.
    ACCORD_ASSIGN_OR_RETURN(const Regression regression, RegressionOf(spec));
    const auto size = static_cast<int64_t>(regression.size());
    impl.module.register_buffer("low_digits", at::empty({size}, at::kFloat));
  }
  impl.from_file = spec.model().has_torchscript();
  impl.holds_file_weights = impl.from_file;
  impl.job_seed = spec.seed();
  impl.initial_weights = spec.model().initial_weights();
  ACCORD_ASSIGN_OR_RETURN(impl.flat, FlattenParameters(impl.module));
  impl.head = impl.interface.zoo_head();
  if (!impl.from_file) {
    impl.flat.values.zero_();
    return absl::OkStatus();
  }
  if (impl.flat.num_trainable == 0) {
    return absl::InvalidArgumentError("model.torchscript: no parameter has requires_grad, so nothing can be trained");
  }
  ACCORD_ASSIGN_OR_RETURN(impl.head, HeadOfFile(impl.module, impl.interface));
  return absl::OkStatus();
}

}  // namespace

at::Tensor& Model::Impl::Gradients() {
  if (gradients_.defined()) return gradients_;
  torch::NoGradGuard no_grad;
  gradients_ = at::zeros({flat.num_trainable}, at::kFloat);
  for (FlatParameters::Attached& attached : flat.attached) {
    if (!attached.trainable) continue;
    at::Tensor& leaf = attached.tensor;
    leaf.mutable_grad() = gradients_.narrow(0, attached.offset, leaf.numel()).view(leaf.sizes());
  }
  return gradients_;
}

at::Tensor Model::Impl::Forward(const at::Tensor& inputs) {
  // The profiling executor would compile specialised code for each new batch shape: slower for small models.
  torch::jit::GraphOptimizerEnabledGuard no_optimisation(false);
  at::Tensor output = module.forward({inputs}).toTensor();
  const int64_t rows = inputs.size(0);
  const bool fits =
      head == Head::kClasses ? IsOneNumberAClass(output, rows, interface.num_classes) : IsOneNumberARow(output, rows);
  if (!fits || output.scalar_type() != at::kFloat) throw std::runtime_error("the model's answer changed its shape");
  return head == Head::kClasses ? output : output.reshape({rows});
}

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

absl::StatusOr<std::unique_ptr<Model>> Model::Create(const v1::JobSpec& spec, absl::string_view torchscript) {
  auto impl = std::make_unique<Impl>();
  ACCORD_RETURN_IF_ERROR(
      CatchTorchErrors("model: cannot be made", ErrorText::kShow, [&] { return SetUp(spec, torchscript, *impl); }));
  return std::unique_ptr<Model>(new Model(std::move(impl)));
}

const v1::ParameterLayout& Model::layout() const { return impl_->flat.layout; }

absl::Status Model::Initialise() {
  return CatchTorchErrors("model: cannot be initialised", ErrorText::kShow, [&]() -> absl::Status {
    if (impl_->initial_weights == v1::ModelSpec::ZEROS) {
      const int64_t zeroed = impl_->from_file ? impl_->flat.num_trainable : impl_->flat.values.numel();
      impl_->flat.values.narrow(0, 0, zeroed).zero_();
      return absl::OkStatus();
    }
    if (!impl_->from_file) {
      InitialiseZooModel(*impl_);
      return absl::OkStatus();
    }
    if (!impl_->holds_file_weights) {
      return absl::FailedPreconditionError("model: the weights of the TorchScript file are gone; create it anew");
    }
    return absl::OkStatus();
  });
}

absl::Status Model::LoadParameters(absl::Span<const float> parameters) {
  if (parameters.size() != layout().num_elements()) {
    return absl::InvalidArgumentError(
        absl::StrCat("model: has ", layout().num_elements(), " parameters, not ", parameters.size()));
  }
  return CatchTorchErrors("model: cannot load parameters", ErrorText::kShow, [&] {
    impl_->holds_file_weights = false;
    std::memcpy(impl_->flat.values.data_ptr<float>(), parameters.data(), parameters.size() * sizeof(float));
    torch::NoGradGuard no_grad;
    for (FlatParameters::Constant& constant : impl_->flat.constants) constant.tensor.copy_(constant.first_value);
    return absl::OkStatus();
  });
}

absl::Status Model::StoreParameters(absl::Span<float> parameters) const {
  if (parameters.size() != layout().num_elements()) {
    return absl::InvalidArgumentError(
        absl::StrCat("model: has ", layout().num_elements(), " parameters, not ", parameters.size()));
  }
  std::memcpy(parameters.data(), impl_->flat.values.data_ptr<float>(), parameters.size() * sizeof(float));
  return absl::OkStatus();
}

std::string LayoutHash(const v1::ParameterLayout& layout) {
  Sha256Hasher hasher;
  for (const v1::ParameterLayout::Entry& entry : layout.entries()) {
    hasher.Update(absl::StrCat(entry.name(), ":", absl::StrJoin(entry.shape(), ","), ":", entry.offset(), "\n"));
  }
  return HexDigest(hasher.Finish());
}

}  // namespace accord
