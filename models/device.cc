#include "models/device.h"

#include <torch/torch.h>

#include "absl/strings/str_cat.h"
#include "models/torch_error.h"
#include "models/warnings.h"

namespace accord {

std::string GpuFault() {
  bool available = false;
  const absl::Status asked = CatchTorchErrors("asking for the GPU", ErrorText::kShow, [&] {
    available = torch::cuda::is_available();
    return absl::OkStatus();
  });
  if (!asked.ok()) return std::string(asked.message());
  if (available) return "";
  return at::globalContext().hasCUDART()
             ? "LibTorch finds no GPU: the driver or its files in /dev are not there, or do not answer"
             : "LibTorch finds no GPU: it was built without CUDA";
}

absl::StatusOr<Device> DeviceFor(v1::Compute::Device wanted, bool offered, std::string (*fault)()) {
  if (wanted != v1::Compute::CUDA && (wanted != v1::Compute::AUTO || !offered)) return Device::kCpu;
  if (!offered) {
    return absl::FailedPreconditionError(
        "the job trains on a GPU (compute.device: cuda), and this site offers none (sandbox.gpu in client.yaml)");
  }
  if (const std::string why = fault(); !why.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this site offers a GPU (sandbox.gpu in client.yaml) that cannot be used: ", why,
                     ". Install a LibTorch with CUDA, or set sandbox.gpu to false"));
  }
  return Device::kCuda;
}

void PrepareDevice(Device device) {
  if (device == Device::kCpu) return;
  at::globalContext().setDeterministicAlgorithms(false, /*warn_only=*/false);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  // cuDNN says at every step that a recurrent layer's weights do not lie as it likes: they are parts of one vector.
  DropWarnings();
}

}  // namespace accord
