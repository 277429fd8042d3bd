#include "models/warm_up.h"

#include <ATen/Parallel.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "models/examples.h"
#include "models/model.h"
#include "models/training.h"

namespace accord {
namespace {

v1::JobSpec TinyJob() {
  v1::JobSpec spec;
  v1::Category& target = *spec.mutable_data()->mutable_target()->mutable_category();
  for (const char* level : {"a", "b", "c"}) target.add_levels(level);
  spec.mutable_training()->set_local_steps(1);
  v1::Adam& adam = *spec.mutable_training()->mutable_adam();
  adam.set_learning_rate(0.01);
  adam.set_beta1(0.9);
  adam.set_beta2(0.999);
  adam.set_epsilon(1e-8);
  return spec;
}

v1::JobSpec TableJob() {
  v1::JobSpec spec = TinyJob();
  spec.mutable_data()->mutable_target()->mutable_category()->mutable_levels()->RemoveLast();  // log-odds
  for (int i = 0; i < 2; ++i) spec.mutable_data()->add_features()->mutable_numeric();
  spec.mutable_model()->mutable_mlp()->add_hidden(2);
  spec.mutable_model()->mutable_mlp()->set_dropout(0.5);
  return spec;
}

v1::JobSpec ImageJob() {
  v1::JobSpec spec = TinyJob();
  v1::Image& image = *spec.mutable_data()->mutable_image();
  image.set_channels(1);
  image.set_height(8);
  image.set_width(8);
  v1::SmallCnn& cnn = *spec.mutable_model()->mutable_small_cnn();
  cnn.add_channels(2);
  cnn.add_channels(2);
  cnn.set_hidden(2);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.01);
  return spec;
}

// Autograd starts a thread for the devices of every kind that LibTorch knows besides the CPU, at the first backward
// pass and for good: a fork would refuse to differentiate. LibTorch 2.6 knows one even where there is none.
void ForgetOtherDevices() {
  size_t kind = 0;
  for (auto& devices : c10::impl::device_guard_impl_registry) {
    if (kind++ != static_cast<size_t>(c10::DeviceType::CPU)) devices.store(nullptr);
  }
}

absl::Status RunOnce(const v1::JobSpec& spec, bool train) {
  Examples rows;
  rows.targets = {0, 1};
  if (spec.data().has_image()) {
    rows.input_shape = {1, 8, 8};
    rows.bytes.resize(2 * 64, 1);
  } else {
    rows.input_shape = {2};
    rows.numbers.resize(2 * 2, 1);
  }
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Create(spec, ""));
  ACCORD_RETURN_IF_ERROR(model->Initialise());
  if (train) ACCORD_RETURN_IF_ERROR(TrainLocally(spec, {.site = "", .round = 0, .progress = nullptr}, rows, *model));
  return Evaluate(spec, rows, rows.rows(), *model).status();
}

}  // namespace

absl::Status WarmUp(bool gpu) {
  at::set_num_threads(1);  // threads of OpenMP, once started, do not outlive a fork either
  // Autograd counts the devices at the first backward pass, once for a process and all that are forked from it.
  if (!gpu) ForgetOtherDevices();
  ACCORD_RETURN_IF_ERROR(Annotate(RunOnce(TableJob(), !gpu), "warming up LibTorch"));
  return Annotate(RunOnce(ImageJob(), !gpu), "warming up LibTorch");
}

}  // namespace accord
