#include "models/model.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/newton/regression.h"
#include "base/hash.h"
#include "base/status.h"
#include "models/initial_weights.h"
#include "models/model_impl.h"
#include "models/torch_error.h"
#include "models/zoo/zoo.h"

namespace accord {
namespace {

constexpr int64_t kProbeRows = 3;  // tells [n] from [n, 1] and from a fixed shape

absl::StatusOr<torch::jit::Module> MakeModule(const v1::JobSpec& job, const ModelInterface& interface,
                                              absl::string_view torchscript, const AllowedOperators& allowed) {
  const v1::ModelSpec& spec = job.model();
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
    case v1::ModelSpec::kSeriesCnn:
      return zoo::MakeSeriesCnn(spec.series_cnn(), interface);
    case v1::ModelSpec::kSeriesRnn:
      return zoo::MakeSeriesRnn(spec.series_rnn(), interface);
    case v1::ModelSpec::kTextTransformer:
      return zoo::MakeTextTransformer(spec.text_transformer(), job.data().text(), interface);
    case v1::ModelSpec::kResnet18:
      return zoo::MakeResNet18(spec.resnet18(), interface);
    case v1::ModelSpec::kUnet:
      return zoo::MakeUnet(spec.unet(), interface);
    case v1::ModelSpec::kTorchscript:
      return zoo::LoadTorchScript(torchscript, allowed);
    case v1::ModelSpec::kDrill:
      return zoo::MakeDrill(spec.drill());
    case v1::ModelSpec::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("model: names none of the models that exist");
}

// What is not to be written to is only ever read.
at::Tensor InMemory(absl::Span<const float> numbers) {
  return torch::from_blob(const_cast<float*>(numbers.data()), {static_cast<int64_t>(numbers.size())}, at::kFloat);
}

bool IsOneNumberARow(const at::Tensor& output, int64_t rows) {
  return output.dim() >= 1 && output.dim() <= 2 && output.size(0) == rows && output.numel() == rows;
}

bool IsOneNumberAClass(const at::Tensor& output, int64_t rows, int64_t classes) {
  return output.dim() == 2 && output.size(0) == rows && output.size(1) == classes;
}

bool IsOneNumberAClassAndPixel(const at::Tensor& output, int64_t rows, const ModelInterface& interface) {
  return output.dim() == 4 && interface.input_shape.size() == 3 && output.size(0) == rows &&
         output.size(1) == interface.num_classes && output.size(2) == interface.input_shape[1] &&
         output.size(3) == interface.input_shape[2];
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
    if (interface.task == Task::kSegmentation) {
      if (IsOneNumberAClassAndPixel(output, kProbeRows, interface)) return Head::kPixels;
    } else if (interface.task != Task::kRegression && IsOneNumberAClass(output, kProbeRows, interface.num_classes)) {
      return Head::kClasses;
    }
  }
  const std::string wanted = interface.task == Task::kRegression     ? "[n] or [n, 1]"
                             : interface.task == Task::kBinary       ? "[n], [n, 1] or [n, 2]"
                             : interface.task == Task::kSegmentation ? "[n, levels, height, width]"
                                                                     : absl::StrCat("[n, ", interface.num_classes, "]");
  return absl::InvalidArgumentError(absl::StrCat(
      "model.torchscript: forward answers ", kProbeRows, " rows with ", c10::toString(output.scalar_type()), " [",
      absl::StrJoin(output.sizes(), ", "), "]; the target needs float32 ", wanted));
}

absl::Status SetUp(const v1::JobSpec& spec, absl::string_view torchscript, const AllowedOperators& allowed,
                   Model::Impl& impl) {
  ACCORD_ASSIGN_OR_RETURN(impl.interface, InterfaceOf(spec));
  ACCORD_ASSIGN_OR_RETURN(impl.module, MakeModule(spec, impl.interface, torchscript, allowed));
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
  gradients_ = at::zeros({flat.num_trainable}, flat.values.options());
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
  const bool fits = head == Head::kPixels    ? IsOneNumberAClassAndPixel(output, rows, interface)
                    : head == Head::kClasses ? IsOneNumberAClass(output, rows, interface.num_classes)
                                             : IsOneNumberARow(output, rows);
  if (!fits || output.scalar_type() != at::kFloat) throw std::runtime_error("the model's answer changed its shape");
  return head == Head::kClasses || head == Head::kPixels ? output : output.reshape({rows});
}

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

absl::StatusOr<std::unique_ptr<Model>> Model::Create(const v1::JobSpec& spec, absl::string_view torchscript,
                                                     Device device, const AllowedOperators& allowed) {
  auto impl = std::make_unique<Impl>();
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors("model: cannot be made", ErrorText::kShow, [&]() -> absl::Status {
    ACCORD_RETURN_IF_ERROR(SetUp(spec, torchscript, allowed, *impl));
    if (device == Device::kCuda) impl->flat.MoveTo(at::Device(at::kCUDA, 0));
    return absl::OkStatus();
  }));
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
      std::vector<float> weights(impl_->flat.layout.num_elements());
      DrawInitialWeights(impl_->flat.layout, impl_->job_seed, absl::MakeSpan(weights));
      impl_->flat.values.copy_(InMemory(weights));
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
    torch::NoGradGuard no_grad;
    impl_->flat.values.copy_(InMemory(parameters));
    for (FlatParameters::Constant& constant : impl_->flat.constants) constant.tensor.copy_(constant.first_value);
    return absl::OkStatus();
  });
}

absl::Status Model::StoreParameters(absl::Span<float> parameters) const {
  if (parameters.size() != layout().num_elements()) {
    return absl::InvalidArgumentError(
        absl::StrCat("model: has ", layout().num_elements(), " parameters, not ", parameters.size()));
  }
  return CatchTorchErrors("model: cannot store parameters", ErrorText::kShow, [&] {
    torch::NoGradGuard no_grad;
    InMemory(parameters).copy_(impl_->flat.values);
    return absl::OkStatus();
  });
}

std::string LayoutHash(const v1::ParameterLayout& layout) {
  Sha256Hasher hasher;
  for (const v1::ParameterLayout::Entry& entry : layout.entries()) {
    hasher.Update(absl::StrCat(entry.name(), ":", absl::StrJoin(entry.shape(), ","), ":", entry.offset(), "\n"));
  }
  return HexDigest(hasher.Finish());
}

}  // namespace accord
