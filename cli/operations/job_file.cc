#include "cli/operations/job_file.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

// Larger TorchScript files hold weights that belong into the initial model.
constexpr size_t kMaxTorchScriptBytes = size_t{2} << 30;
// As many as a coordinator takes.
constexpr size_t kMaxParametersBytes = (size_t{1} << 32) * sizeof(float);

}  // namespace

absl::StatusOr<JobFile> ReadJobFile(const std::string& path) {
  JobFile job;
  ACCORD_ASSIGN_OR_RETURN(job.spec, LoadJobSpec(path));
  std::vector<std::string> faults;
  const auto read = [&](const std::string& field, const std::string& name, size_t max_bytes) -> std::string {
    auto content = ReadFile(ResolveBeside(path, name), max_bytes);
    if (content.ok()) return *std::move(content);
    faults.push_back(absl::StrCat(path, ": ", field, ": ", content.status().message()));
    return "";
  };
  v1::ModelSpec& model = *job.spec.mutable_model();
  if (model.has_torchscript()) {
    v1::TorchScript& script = *model.mutable_torchscript();
    job.torchscript = read("model.torchscript.file", script.file(), kMaxTorchScriptBytes);
    script.set_sha256(Sha256Hex(job.torchscript));
  }
  if (model.has_start_from()) {
    v1::StartFrom& start = *model.mutable_start_from();
    job.parameters = read("model.start_from.file", start.file(), kMaxParametersBytes);
    start.set_model_digest(HexDigest(ContentDigest(job.parameters)));
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return job;
}

absl::StatusOr<std::string> JobBytes(const v1::JobSpec& spec) {
  std::string bytes;
  if (!spec.SerializeToString(&bytes)) return absl::InternalError("the job could not be serialised");
  return bytes;
}

}  // namespace accord
