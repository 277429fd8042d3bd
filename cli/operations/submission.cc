#include "cli/operations/submission.h"

#include <bit>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/status.h"
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
};

absl::StatusOr<BuiltJob> Build(const std::string& path) {
  BuiltJob job;
  ACCORD_ASSIGN_OR_RETURN(job.spec, LoadJobSpec(path));
  if (job.spec.model().has_torchscript()) {
    v1::TorchScript& script = *job.spec.mutable_model()->mutable_torchscript();
    auto content = ReadFile(ResolveBeside(path, script.file()), kMaxTorchScriptBytes);
    if (!content.ok()) return Annotate(content.status(), absl::StrCat(path, ": model.torchscript.file"));
    job.torchscript = *std::move(content);
    script.set_sha256(Sha256Hex(job.torchscript));
  }
  auto model = Model::Create(job.spec, job.torchscript);
  if (!model.ok()) return Annotate(model.status(), absl::StrCat(path, ": model"));
  job.model = *std::move(model);
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

absl::StatusOr<CheckedJob> CheckJobFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(BuiltJob job, Build(path));
  return CheckedJob{.spec = std::move(job.spec), .layout = job.model->layout()};
}

absl::StatusOr<Submission> PrepareSubmission(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(BuiltJob job, Build(path));
  Submission submission;
  ACCORD_ASSIGN_OR_RETURN(std::string weights, InitialWeights(*job.model));
  submission.artifacts.push_back(std::move(weights));
  if (job.spec.model().has_torchscript()) submission.artifacts.push_back(std::move(job.torchscript));
  for (const std::string& artifact : submission.artifacts) {
    v1::Artifact& entry = *submission.open.add_artifacts();
    const bool is_model = submission.open.artifacts_size() == 1;
    entry.set_name(is_model ? HexDigest(ContentDigest(artifact)) : Sha256Hex(artifact));
    entry.set_num_bytes(artifact.size());
  }
  if (!job.spec.SerializeToString(submission.open.mutable_job_spec())) {
    return absl::InternalError("the job could not be serialised");
  }
  *submission.open.mutable_layout() = job.model->layout();
  ACCORD_ASSIGN_OR_RETURN(*submission.open.mutable_request_id(), FreshRequestId());
  submission.spec = std::move(job.spec);
  return submission;
}

}  // namespace accord
