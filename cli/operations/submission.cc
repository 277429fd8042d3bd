#include "cli/operations/submission.h"

#include <bit>
#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "aggregation/programs/local_layers.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/status.h"
#include "cli/operations/job_file.h"
#include "models/model.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

static_assert(std::endian::native == std::endian::little, "models travel as little-endian float32");

// Larger TorchScript files hold weights that belong into the initial model.
constexpr size_t kMaxTorchScriptBytes = size_t{2} << 30;

struct BuiltJob {
  v1::JobSpec spec;
  std::string torchscript;
  std::unique_ptr<Model> model;
  std::string parameters;  // of an earlier model to start from; empty: none
};

// An earlier model's parameters, whole and of numbers.
absl::StatusOr<std::string> ReadParameters(const std::string& path, const Model& model) {
  const uint64_t num_bytes = model.layout().num_elements() * sizeof(float);
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, num_bytes));
  if (bytes.size() != num_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has ", bytes.size(), " bytes; expected ", num_bytes, " for this model's ",
        model.layout().num_elements(), " parameters (`accord model export --format parameters` writes them)"));
  }
  const auto* values = reinterpret_cast<const float*>(bytes.data());
  for (uint64_t i = 0; i < model.layout().num_elements(); ++i) {
    if (std::isfinite(values[i])) continue;
    return absl::InvalidArgumentError(absl::StrCat(path, ": parameter ", i, " is no finite number"));
  }
  return bytes;
}

absl::StatusOr<BuiltJob> Build(const std::string& path, const AllowedOperators& allowed) {
  BuiltJob job;
  ACCORD_ASSIGN_OR_RETURN(job.spec, LoadJobSpec(path));
  if (job.spec.model().has_torchscript()) {
    v1::TorchScript& script = *job.spec.mutable_model()->mutable_torchscript();
    auto content = ReadFile(ResolveBeside(path, script.file()), kMaxTorchScriptBytes);
    if (!content.ok()) return Annotate(content.status(), absl::StrCat(path, ": model.torchscript.file"));
    job.torchscript = *std::move(content);
    script.set_sha256(Sha256Hex(job.torchscript));
  }
  auto model = Model::Create(job.spec, job.torchscript, Device::kCpu, allowed);
  if (!model.ok()) return Annotate(model.status(), absl::StrCat(path, ": model"));
  job.model = *std::move(model);
  const absl::Status local = LocalEntries(job.spec, job.model->layout()).status();
  if (!local.ok()) return Annotate(local, path);
  if (job.spec.model().has_start_from()) {
    v1::StartFrom& start = *job.spec.mutable_model()->mutable_start_from();
    auto parameters = ReadParameters(ResolveBeside(path, start.file()), *job.model);
    if (!parameters.ok()) return Annotate(parameters.status(), absl::StrCat(path, ": model.start_from.file"));
    job.parameters = *std::move(parameters);
    start.set_model_digest(HexDigest(ContentDigest(job.parameters)));
  }
  return job;
}

absl::StatusOr<std::string> InitialWeights(Model& model) {
  ACCORD_RETURN_IF_ERROR(model.Initialise());
  const size_t num_elements = model.layout().num_elements();
  std::string bytes(num_elements * sizeof(float), '\0');
  // A std::string's buffer comes from operator new: aligned for any number.
  auto* values = reinterpret_cast<float*>(bytes.data());
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(absl::MakeSpan(values, num_elements)));
  return bytes;
}

absl::StatusOr<std::string> FreshRequestId() {
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes random, SecretBytes::Random(16));
  return absl::BytesToHexString(random.RevealAsText());
}

}  // namespace

absl::StatusOr<CheckedJob> CheckJobFile(const std::string& path, const AllowedOperators& allowed) {
  ACCORD_ASSIGN_OR_RETURN(BuiltJob job, Build(path, allowed));
  return CheckedJob{.spec = std::move(job.spec), .layout = job.model->layout()};
}

absl::StatusOr<Submission> PrepareSubmission(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(BuiltJob job, Build(path, {}));
  Submission submission;
  std::string weights = std::move(job.parameters);
  if (!job.spec.model().has_start_from()) {
    ACCORD_ASSIGN_OR_RETURN(weights, InitialWeights(*job.model));
  }
  submission.artifacts.push_back(std::move(weights));
  if (job.spec.model().has_torchscript()) submission.artifacts.push_back(std::move(job.torchscript));
  for (const std::string& artifact : submission.artifacts) {
    v1::Artifact& entry = *submission.open.add_artifacts();
    const bool is_model = submission.open.artifacts_size() == 1;
    entry.set_name(is_model ? HexDigest(ContentDigest(artifact)) : Sha256Hex(artifact));
    entry.set_num_bytes(artifact.size());
  }
  ACCORD_ASSIGN_OR_RETURN(*submission.open.mutable_job_spec(), JobBytes(job.spec));
  *submission.open.mutable_layout() = job.model->layout();
  ACCORD_ASSIGN_OR_RETURN(*submission.open.mutable_request_id(), FreshRequestId());
  submission.spec = std::move(job.spec);
  return submission;
}

}  // namespace accord
