// A model as Accord sees it: a TorchScript module behind one flat vector of float32 parameters.
//
// Every zoo model is built with TorchScript's define(), so there is one kind of model in the product and what is
// exported is what was trained. This header does not include LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "models/device.h"
#include "models/operators.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// A JobSpec is taken as it stands: defaults are filled in when a job is read. Not thread-safe. Movable through
// unique_ptr. No exception of LibTorch leaves.
class Model {
 public:
  // The module of `spec.model` for `spec.data`'s inputs and target. `torchscript`: the file's bytes when the job brings
  // its own model, else empty. Parameters are zero until initialised or loaded. INVALID_ARGUMENT says what the spec
  // lacks, or why LibTorch cannot read the file. A drill's model is one tensor "vector".
  // It trains and answers on `device`; parameters come and go as float32 in memory, wherever that is. Of a file that
  // calls what is not `allowed` nothing runs: INVALID_ARGUMENT names what that is, and the clause.
  static absl::StatusOr<std::unique_ptr<Model>> Create(const v1::JobSpec& spec, absl::string_view torchscript,
                                                       Device device = Device::kCpu,
                                                       const AllowedOperators& allowed = {});
  ~Model();

  // Trainable parameters in the module's order, then frozen ones and floating-point buffers (running statistics).
  const v1::ParameterLayout& layout() const;
  // The initial weights as the job says, from (job seed, use "initial-weights"). For TorchScript jobs: those in the
  // file, unless the job asks for zeros.
  absl::Status Initialise();
  // INVALID_ARGUMENT when `parameters` is not layout().num_elements() long.
  absl::Status LoadParameters(absl::Span<const float> parameters);
  absl::Status StoreParameters(absl::Span<float> parameters) const;

  struct Impl;  // defined in models/model_impl.h, for this room's own files
  Impl& impl() { return *impl_; }

 private:
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// SHA-256 over the layout's canonical text "name:d0,d1,...:offset\n" of each entry; part of the report.
std::string LayoutHash(const v1::ParameterLayout& layout);

}  // namespace accord
