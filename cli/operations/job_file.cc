#include "cli/operations/job_file.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/audit/hashed_file.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

// A device or a pipe might never end.
absl::StatusOr<HashedFile> HashRegularFile(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no regular file"));
  }
  return HashFile(path);
}

}  // namespace

absl::StatusOr<v1::JobSpec> ReadNamedJob(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(v1::JobSpec spec, LoadJobSpec(path));
  std::vector<std::string> faults;
  const auto hash = [&](const std::string& field, const std::string& name) {
    const auto file = HashRegularFile(ResolveBeside(path, name));
    if (!file.ok()) faults.push_back(absl::StrCat(path, ": ", field, ": ", file.status().message()));
    return file.value_or(HashedFile());
  };
  v1::ModelSpec& model = *spec.mutable_model();
  if (model.has_torchscript()) {
    v1::TorchScript& script = *model.mutable_torchscript();
    script.set_sha256(HexDigest(hash("model.torchscript.file", script.file()).sha256));
  }
  if (model.has_start_from()) {
    v1::StartFrom& start = *model.mutable_start_from();
    start.set_model_digest(HexDigest(hash("model.start_from.file", start.file()).content));
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return spec;
}

absl::StatusOr<std::string> JobBytes(const v1::JobSpec& spec) {
  std::string bytes;
  if (!spec.SerializeToString(&bytes)) return absl::InternalError("the job could not be serialised");
  return bytes;
}

}  // namespace accord
