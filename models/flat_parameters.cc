#include "models/flat_parameters.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "models/model_interface.h"

namespace accord {
namespace {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
  bool trainable = false;
  bool listed = false;  // already in the layout under this or another name
};

absl::Status CheckIsDenseFloat(const NamedTensor& entry) {
  const at::Tensor& tensor = entry.tensor;
  if (tensor.scalar_type() != at::kFloat) {
    return absl::InvalidArgumentError(absl::StrCat("model: tensor ", entry.name, " is ",
                                                   c10::toString(tensor.scalar_type()),
                                                   "; Accord trains float32: call model.float() before saving"));
  }
  if (tensor.layout() != at::kStrided || !tensor.device().is_cpu() || tensor.is_quantized()) {
    return absl::InvalidArgumentError(absl::StrCat("model: tensor ", entry.name, " is not a dense tensor in memory"));
  }
  // An expanded tensor would claim any size with a few bytes of file.
  if (!tensor.is_non_overlapping_and_dense()) {
    return absl::InvalidArgumentError(
        absl::StrCat("model: tensor ", entry.name, " is an expanded view; call .contiguous() on it before saving"));
  }
  return absl::OkStatus();
}

bool AreTied(const at::Tensor& a, const at::Tensor& b) {
  return a.numel() > 0 && a.data_ptr() == b.data_ptr() && a.sizes() == b.sizes() && a.strides() == b.strides();
}

// Floating-point tensors of the module in its own order, the rest as constants.
absl::StatusOr<std::vector<NamedTensor>> Collect(const torch::jit::Module& module, FlatParameters& flat) {
  std::vector<NamedTensor> tensors;
  for (const auto& parameter : module.named_parameters()) {
    if (!parameter.value.defined()) continue;
    tensors.push_back({parameter.name, parameter.value, parameter.value.requires_grad()});
  }
  for (const auto& buffer : module.named_buffers()) {
    if (!buffer.value.defined()) continue;
    if (at::isFloatingType(buffer.value.scalar_type())) {
      tensors.push_back({buffer.name, buffer.value, false});
    } else {
      flat.constants.push_back({buffer.value, buffer.value.clone()});
    }
  }
  for (const NamedTensor& entry : tensors) ACCORD_RETURN_IF_ERROR(CheckIsDenseFloat(entry));
  return tensors;
}

// Appends `entry` to the layout, with all tensors tied to it marked as listed.
void List(NamedTensor& entry, std::vector<NamedTensor>& tensors, std::vector<uint64_t>& offsets,
          v1::ParameterLayout& layout) {
  v1::ParameterLayout::Entry& listed = *layout.add_entries();
  listed.set_name(entry.name);
  for (int64_t dimension : entry.tensor.sizes()) listed.add_shape(dimension);
  listed.set_offset(layout.num_elements());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const bool is_entry = &tensors[i] == &entry;
    if (!is_entry && (tensors[i].listed || !AreTied(tensors[i].tensor, entry.tensor))) continue;
    tensors[i].listed = true;
    offsets[i] = layout.num_elements();
  }
  layout.set_num_elements(layout.num_elements() + static_cast<uint64_t>(entry.tensor.numel()));
}

absl::Status CheckSize(const std::vector<NamedTensor>& tensors) {
  int64_t total = 0;
  for (const NamedTensor& entry : tensors) {
    if (entry.tensor.numel() > kMaxParameters - total) {
      return absl::InvalidArgumentError(absl::StrCat("model: has more than ", kMaxParameters, " parameters"));
    }
    total += entry.tensor.numel();
  }
  if (total == 0) {
    return absl::InvalidArgumentError("model: has no parameters; a module after torch.jit.freeze() cannot be trained");
  }
  return absl::OkStatus();
}

}  // namespace

at::Tensor FlatParameters::ViewOf(const Attached& attached) const {
  return values.narrow(0, attached.offset, attached.tensor.numel()).view(attached.tensor.sizes());
}

void FlatParameters::MoveTo(const at::Device& device) {
  torch::NoGradGuard no_grad;
  values = values.to(device);
  for (Attached& each : attached) each.tensor.set_data(ViewOf(each));
  for (Constant& constant : constants) {
    constant.first_value = constant.first_value.to(device);
    constant.tensor.set_data(constant.tensor.to(device));
  }
}

absl::StatusOr<FlatParameters> FlattenParameters(torch::jit::Module& module) {
  torch::NoGradGuard no_grad;
  FlatParameters flat;
  ACCORD_ASSIGN_OR_RETURN(std::vector<NamedTensor> tensors, Collect(module, flat));
  ACCORD_RETURN_IF_ERROR(CheckSize(tensors));
  std::vector<uint64_t> offsets(tensors.size());
  for (const bool trainable : {true, false}) {
    for (NamedTensor& entry : tensors) {
      if (entry.trainable == trainable && !entry.listed) List(entry, tensors, offsets, flat.layout);
    }
    if (trainable) flat.num_trainable = static_cast<int64_t>(flat.layout.num_elements());
  }
  flat.values = at::empty({static_cast<int64_t>(flat.layout.num_elements())}, at::kFloat);
  for (size_t i = 0; i < tensors.size(); ++i) {
    flat.attached.push_back({tensors[i].tensor, static_cast<int64_t>(offsets[i]), tensors[i].trainable});
    at::Tensor view = flat.ViewOf(flat.attached.back());
    view.copy_(tensors[i].tensor);
    flat.attached.back().tensor.set_data(view);
  }
  return flat;
}

}  // namespace accord
