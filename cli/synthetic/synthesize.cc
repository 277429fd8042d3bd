#include "cli/synthetic/synthesize.h"

#include <cmath>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/numbers.h"
#include "cli/synthetic/site_files.h"

namespace accord {
namespace {

constexpr absl::string_view kReadmeName = "README.SYNTHETIC.md";

absl::Status CheckOptions(const v1::JobSpec& spec, const SyntheticOptions& options) {
  if (spec.model().has_drill() || (spec.data().features().empty() && !spec.data().has_image())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the job \"", spec.name(), "\" uses no data; name a job whose `data` section has features"));
  }
  if (spec.data().target().has_survival() || spec.model().has_poisson_regression()) {
    return absl::UnimplementedError(absl::StrCat(
        "the job \"", spec.name(), "\" needs survival times or counts, and the generator makes classes and ",
        "numbers alone; rehearse it with files of your own"));
  }
  if (options.num_sites < 1 || options.num_sites > kMaxSyntheticSites) {
    return absl::InvalidArgumentError(absl::StrCat("--sites must be 1 to ", kMaxSyntheticSites));
  }
  if (options.rows_per_site < 1 || options.rows_per_site > kMaxSyntheticRows) {
    return absl::InvalidArgumentError(absl::StrCat("--rows must be 1 to ", kMaxSyntheticRows));
  }
  if (!std::isfinite(options.skew) || options.skew < 0 || options.skew > 3) {
    return absl::InvalidArgumentError("--skew must be 0 to 3");
  }
  return absl::OkStatus();
}

// Generated rows must not come to lie among real ones.
absl::Status PrepareFolder(const std::string& folder) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder));
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (absl::StrContains(name, "SYNTHETIC")) continue;
    return absl::AlreadyExistsError(
        absl::StrCat(folder, " holds ", name, ", which is not synthetic data; name an empty or new folder with --out"));
  }
  if (error) return absl::InternalError(absl::StrCat("cannot list ", folder, ": ", error.message()));
  return absl::OkStatus();
}

std::string Readme(const v1::JobSpec& spec, const SyntheticOptions& options) {
  return absl::StrCat(
      "# SYNTHETIC data\n\nNothing here describes a real patient. `accord data synthesize` made these files from the "
      "schema of the job `",
      spec.name(), "` alone, to rehearse it:\n\n- ", Plural(options.num_sites, "hospital"), " of ",
      Plural(options.rows_per_site, "row"), ", seed ", options.seed, ", skew ", options.skew,
      "; the same numbers give the same files again\n"
      "- features and target follow a made-up linear model; each hospital differs by `skew` in its patients and in how "
      "often they have the target, and misses one column more often\n"
      "- hospitals also write differently (codes, column names, units, delimiters): each `SYNTHETIC-*.mapping.yaml` "
      "translates one\n\n"
      "A model trained on them, and every figure computed from them, is good for testing and for nothing else.\n");
}

}  // namespace

absl::StatusOr<std::vector<SyntheticSite>> SynthesizeHospitals(const v1::JobSpec& spec, const SyntheticOptions& options,
                                                               const std::string& folder) {
  ACCORD_RETURN_IF_ERROR(CheckOptions(spec, options));
  ACCORD_RETURN_IF_ERROR(PrepareFolder(folder));
  std::vector<SyntheticSite> sites;
  for (uint32_t site = 0; site < options.num_sites; ++site) {
    auto written = spec.data().has_image() ? WriteImageSite(spec.data(), options, site, folder)
                                           : WriteTableSite(spec.data(), options, site, folder);
    if (!written.ok()) return written.status();
    sites.push_back(*std::move(written));
  }
  ACCORD_RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(folder, "/", kReadmeName), Readme(spec, options), 0644, Durability::kVisible));
  return sites;
}

}  // namespace accord
