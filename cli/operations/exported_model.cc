#include "cli/operations/exported_model.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/local_layers.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/numbers.h"
#include "models/export.h"
#include "models/model.h"

namespace accord {
namespace {

// The module that the header describes, holding the bytes that came. The coordinator's own words about the model must
// agree with each other.
absl::StatusOr<std::unique_ptr<Model>> Rebuild(const FetchedModel& fetched) {
  const v1::ModelHeader& header = fetched.header;
  const auto mismatch = [](absl::string_view what) {
    return absl::DataLossError(
        absl::StrCat("the coordinator's answer contradicts itself: ", what,
                     "; nothing was written. Its stored job may be damaged: its operator should look at the log"));
  };
  if (header.spec().model().has_torchscript() &&
      Sha256Hex(header.torchscript()) != header.spec().model().torchscript().sha256()) {
    return mismatch("the TorchScript file has another SHA-256 than the job names");
  }
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Create(header.spec(), header.torchscript()));
  if (LayoutHash(model->layout()) != LayoutHash(header.layout())) {
    return mismatch("its layout is not that of the job's model");
  }
  const uint64_t num_elements = model->layout().num_elements();
  if (fetched.bytes.size() != num_elements * sizeof(float)) {
    return mismatch(absl::StrCat(fetched.bytes.size(), " bytes for ", Plural(num_elements, "parameter")));
  }
  // A std::string's buffer comes from operator new: aligned for any number.
  const auto* parameters = reinterpret_cast<const float*>(fetched.bytes.data());
  ACCORD_RETURN_IF_ERROR(model->LoadParameters(absl::MakeConstSpan(parameters, num_elements)));
  return model;
}

// The raw vector, and beside it FILE.json that says what it is.
absl::Status WriteParameters(const FetchedModel& fetched, const std::string& path) {
  const v1::ModelHeader& header = fetched.header;
  nlohmann::json description = {{"job", header.job_id()},
                                {"round", header.round()},
                                {"sha256", Sha256Hex(fetched.bytes)},
                                {"model_digest", header.model_digest()},
                                {"element_type", "float32, little-endian"},
                                {"entries", nlohmann::json::array()}};
  if (header.statistics().mean_size() > 0) {
    const auto& statistics = header.statistics();
    description["statistics"] = {
        {"mean", std::vector<double>(statistics.mean().begin(), statistics.mean().end())},
        {"spread", std::vector<double>(statistics.spread().begin(), statistics.spread().end())}};
  }
  ACCORD_ASSIGN_OR_RETURN(const std::vector<int> local, LocalEntries(header.spec(), header.layout()));
  for (int i = 0; i < header.layout().entries_size(); ++i) {
    const auto& entry = header.layout().entries(i);
    nlohmann::json described = {{"name", entry.name()},
                                {"shape", std::vector<int64_t>(entry.shape().begin(), entry.shape().end())},
                                {"offset", entry.offset()}};
    if (std::binary_search(local.begin(), local.end(), i)) described["stays_at_sites"] = true;
    description["entries"].push_back(std::move(described));
  }
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, fetched.bytes));
  return WriteFileAtomically(path + ".json",
                             description.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

absl::Status HaveModels() { return absl::OkStatus(); }

absl::Status WriteModel(const FetchedModel& fetched, const std::string& format, const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, Rebuild(fetched));
  if (format == "parameters") return WriteParameters(fetched, path);
  if (format == "state_dict") return ExportStateDict(fetched.header.statistics(), *model, path);
  return ExportTorchScript(fetched.header.spec(), fetched.header.statistics(), *model, path);
}

}  // namespace accord
