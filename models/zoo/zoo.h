// The models that a job can name, each a TorchScript module made in C++. For this room's own files.
//
// Every function returns a module whose parameters are allocated but hold no values yet; `forward` takes [n,
// input_shape] and answers as ModelInterface::zoo_head() says. INVALID_ARGUMENT names the field of the job that does
// not fit. LibTorch may throw; Model::Create catches.
#pragma once

#include <torch/script.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "models/model_interface.h"
#include "models/operators.h"
#include "proto/accord/v1/job.pb.h"

namespace accord::zoo {

absl::StatusOr<torch::jit::Module> MakeLogisticRegression(const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeLinearRegression(const ModelInterface& interface);
// Answers with the logarithm of the rate (per unit of exposure), and of the hazard ratio to a row of zeros.
absl::StatusOr<torch::jit::Module> MakePoissonRegression(const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeCox(const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeMlp(const v1::Mlp& spec, const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeSmallCnn(const v1::SmallCnn& spec, const ModelInterface& interface);
// For series [n, channels, length].
absl::StatusOr<torch::jit::Module> MakeSeriesCnn(const v1::SeriesCnn& spec, const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeSeriesRnn(const v1::SeriesRnn& spec, const ModelInterface& interface);
// For token ids [n, length], of which 0 is no token.
absl::StatusOr<torch::jit::Module> MakeTextTransformer(const v1::TextTransformer& spec, const v1::Text& text,
                                                       const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeResNet18(const v1::ResNet18& spec, const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeUnet(const v1::UNet& spec, const ModelInterface& interface);
absl::StatusOr<torch::jit::Module> MakeDrill(const v1::Drill& spec);
// The job's own file. The module is switched to evaluation mode; print statements in it print nothing. Where operators
// are named and its code calls another one, INVALID_ARGUMENT says so, before any of that code runs.
absl::StatusOr<torch::jit::Module> LoadTorchScript(absl::string_view file, const AllowedOperators& allowed = {});

}  // namespace accord::zoo
