// Which device a job is trained on, and that a step computes on the model's own device alone. Few machines have a
// GPU (gpu_test.cc): LibTorch's meta device stands for one, which has shapes and places but no numbers, and refuses as
// a GPU does to mix with tensors in memory.
#include "models/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "models/model_impl.h"
#include "tests/models/jobs.h"

namespace accord::device_test {
namespace {

using ::testing::HasSubstr;

std::string NoFault() { return ""; }
std::string SomeFault() { return "the driver sleeps"; }

TEST(Device, IsTheCpuUnlessTheJobWantsAGpuAndTheSiteOffersOne) {
  using Compute = v1::Compute;
  for (const bool offered : {false, true}) {
    EXPECT_EQ(*DeviceFor(Compute::CPU, offered, SomeFault), Device::kCpu);
    EXPECT_EQ(*DeviceFor(Compute::DEVICE_UNSPECIFIED, offered, SomeFault), Device::kCpu);
  }
  EXPECT_EQ(*DeviceFor(Compute::AUTO, false, SomeFault), Device::kCpu) << "nobody asks a driver that is not offered";
  EXPECT_EQ(*DeviceFor(Compute::AUTO, true, NoFault), Device::kCuda);
  EXPECT_EQ(*DeviceFor(Compute::CUDA, true, NoFault), Device::kCuda);
}

TEST(Device, AGpuThatIsOfferedAndCannotBeUsedIsNeverReplacedByTheCpu) {
  for (const v1::Compute::Device wanted : {v1::Compute::AUTO, v1::Compute::CUDA}) {
    const absl::Status refused = DeviceFor(wanted, true, SomeFault).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("cannot be used: the driver sleeps"));
  }
}

TEST(Device, AJobForAGpuAloneIsRefusedWhereNoneIsOffered) {
  const absl::Status refused = DeviceFor(v1::Compute::CUDA, false, NoFault).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("this site offers none (sandbox.gpu"));
}

TEST(Device, LibTorchSaysWhyItHasNoGpu) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has one";
  EXPECT_THAT(GpuFault(), HasSubstr("LibTorch finds no GPU"));
}

// The parameter or buffer of a module that a dotted name stands for.
void Replace(torch::jit::Module module, const std::string& name, const at::Tensor& tensor) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return module.setattr(name, tensor);
  Replace(module.attr(name.substr(0, dot)).toModule(), name.substr(dot + 1), tensor);
}

// What MoveTo does for a GPU, whose tensors can take the place of tensors in memory; meta's cannot.
void MoveToMeta(Model& model) {
  torch::NoGradGuard no_grad;
  Model::Impl& impl = model.impl();
  impl.flat.values = impl.flat.values.to(at::kMeta);
  const auto move = [&](const std::string& name, const at::Tensor& old) {
    for (FlatParameters::Attached& each : impl.flat.attached) {
      if (!each.tensor.is_same(old)) continue;
      at::Tensor view = impl.flat.ViewOf(each).detach();
      view.set_requires_grad(each.trainable);
      Replace(impl.module, name, view);
      each.tensor = view;
      return;
    }
    Replace(impl.module, name, old.to(at::kMeta));
  };
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& parameter : impl.module.named_parameters()) tensors.emplace_back(parameter.name, parameter.value);
  for (const auto& buffer : impl.module.named_buffers()) tensors.emplace_back(buffer.name, buffer.value);
  for (const auto& [name, tensor] : tensors) move(name, tensor);
}

// The corrections of SCAFFOLD's and Ditto's steps, whose numbers come from memory, are made on the model's device.
TEST(Device, CorrectionsOfAStepAreMadeThere) {
  v1::JobSpec spec = TableJob(4, 3);  // the loss of two classes is not for meta tensors in every LibTorch
  spec.mutable_model()->mutable_logistic_regression();
  const auto model = MakeModel(spec);
  const std::vector<float> numbers(model->layout().num_elements(), 0.5f);
  MoveToMeta(*model);
  LocalTraining local = {.site = "a", .round = 1};
  local.pull = 0.1;
  local.pull_to = numbers;
  local.held = {{0, 2}};
  const absl::Status pulled = TrainLocally(spec, local, SeparableRows(12, 4, 3), *model);
  EXPECT_TRUE(pulled.ok()) << pulled;
}

TEST(Device, MovingToTheCpuLeavesAModelAsItIs) {
  v1::JobSpec spec = TableJob(6, 3);
  spec.mutable_model()->mutable_mlp()->add_hidden(5);
  const auto moved = MakeModel(spec);
  const auto stayed = MakeModel(spec);
  moved->impl().flat.MoveTo(at::kCPU);
  const Examples rows = SeparableRows(12, 6, 3);
  for (Model* model : {moved.get(), stayed.get()}) {
    ASSERT_TRUE(TrainLocally(spec, {.site = "a", .round = 1}, rows, *model).ok());
  }
  std::vector<float> a(moved->layout().num_elements());
  std::vector<float> b(a.size());
  ASSERT_TRUE(moved->StoreParameters(absl::MakeSpan(a)).ok());
  ASSERT_TRUE(stayed->StoreParameters(absl::MakeSpan(b)).ok());
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace accord::device_test
