#include "client/daemon/run/personal_model.h"

#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/secure/messages/fields.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/state/kept_store.h"
#include "client/daemon/state/state_folder.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

absl::StatusOr<std::string> FolderOf(const PersonalModelOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  return StateFolder(config.state_dir()).KeptFolder();
}

absl::Status CheckJobId(const PersonalModelOptions& options) {
  if (secure::IsJobId(options.job_id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(options.job_id, " is no job's id; `accord-client personal-model list` shows those that there are"));
}

std::string WhenMade(const v1::KeptHead& head) {
  if (head.alone_rounds() > 0) return absl::StrCat("trained alone for ", head.alone_rounds(), " rounds");
  return head.round() == 0 ? "after the last round" : absl::StrCat("of round ", head.round());
}

std::string DescriptionOf(const v1::KeptHead& head, const std::string& sha256) {
  nlohmann::json description = {{"job", head.job_id()},
                                {"job_name", head.job_name()},
                                {"strategy", head.strategy()},
                                {"dataset", head.dataset()},
                                {"round", head.round()},
                                {"sha256", sha256},
                                {"personal", true},
                                {"element_type", "float32, little-endian"},
                                {"entries", nlohmann::json::array()}};
  if (head.statistics().mean_size() > 0) {
    const auto& statistics = head.statistics();
    description["statistics"] = {
        {"mean", std::vector<double>(statistics.mean().begin(), statistics.mean().end())},
        {"spread", std::vector<double>(statistics.spread().begin(), statistics.spread().end())}};
  }
  for (const auto& entry : head.layout().entries()) {
    description["entries"].push_back({{"name", entry.name()},
                                      {"shape", std::vector<int64_t>(entry.shape().begin(), entry.shape().end())},
                                      {"offset", entry.offset()}});
  }
  return description.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

absl::Status ListPersonalModels(const PersonalModelOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::string folder, FolderOf(options));
  for (const std::string& path : KeptModelFiles(folder)) {
    const auto head = ReadKeptHead(path);
    if (!head.ok()) {
      out << Printable(head.status().message()) << "\n";
    } else if (IsOwnModel(*head)) {
      out << absl::StrFormat("%s  %s  %s  %d parameters, %s\n", head->job_id(), Printable(head->job_name()),
                             Printable(head->strategy()), head->num_numbers(), WhenMade(*head));
    }
  }
  return absl::OkStatus();
}

absl::Status ExportPersonalModel(const PersonalModelOptions& options, std::ostream& out) {
  ACCORD_RETURN_IF_ERROR(CheckJobId(options));
  ACCORD_ASSIGN_OR_RETURN(const std::string folder, FolderOf(options));
  ACCORD_ASSIGN_OR_RETURN(const KeptContent content, ReadKeptModel(folder, options.job_id));
  std::string numbers(content.head.num_numbers() * sizeof(float), '\0');
  ACCORD_RETURN_IF_ERROR(ReadFully(content.memory.get(), numbers.data(), numbers.size(), 0));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, numbers, 0600));
  ACCORD_RETURN_IF_ERROR(
      WriteFileAtomically(options.out + ".json", DescriptionOf(content.head, Sha256Hex(numbers)), 0600));
  out << "wrote " << options.out << " and " << options.out << ".json (this site's own model of job "
      << content.head.job_id() << ", " << WhenMade(content.head) << ", " << content.head.num_numbers()
      << " parameters). It was made of this site's rows: guard it like them.\n"
      << "PyTorch reads what `accord model export " << content.head.job_id() << " --parameters " << options.out
      << " -o FILE` makes of it.\n";
  return absl::OkStatus();
}

absl::Status DeletePersonalModel(const PersonalModelOptions& options, std::ostream& out) {
  ACCORD_RETURN_IF_ERROR(CheckJobId(options));
  ACCORD_ASSIGN_OR_RETURN(const std::string folder, FolderOf(options));
  ACCORD_ASSIGN_OR_RETURN(const std::string path, KeptModelFile(folder, options.job_id));
  if (!IsOfJobThatIsOver(path)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "job ", options.job_id, " is not over, and goes on from this model; it can be deleted after its end"));
  }
  if (unlink(path.c_str()) != 0) return ErrnoError("delete", path);
  out << "deleted this site's own model of job " << options.job_id << "\n";
  return absl::OkStatus();
}

}  // namespace accord
