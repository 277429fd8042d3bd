#include "cli/synthetic/synthesize.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/numbers.h"
#include "cli/synthetic/site_files.h"
#include "cli/synthetic/statistics.h"
#include "proto/validation/data_kinds.h"

namespace accord {
namespace {

constexpr absl::string_view kReadmeName = "README.SYNTHETIC.md";
constexpr uint64_t kRowsBetweenQuestions = 256;         // whether to go on: milliseconds of rows, also of images
constexpr uint64_t kMaxSyntheticArrayRows = 1'000'000;  // a site's arrays are made in memory

absl::Status CheckOptions(const v1::JobSpec& spec, const SyntheticOptions& options) {
  if (spec.model().has_drill() || (spec.data().features().empty() && IsTable(spec.data()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("the job \"", spec.name(), "\" uses no data; name a job whose `data` section has features"));
  }
  if ((spec.data().has_series() || spec.data().has_text()) && !spec.data().target().has_category()) {
    return absl::UnimplementedError(
        absl::StrCat("the job \"", spec.name(), "\" is of series or texts whose target is a number, and the generator ",
                     "makes them of classes alone; rehearse it with files of your own"));
  }
  if (options.num_sites < 1 || options.num_sites > kMaxSyntheticSites) {
    return absl::InvalidArgumentError(absl::StrCat("--sites must be 1 to ", kMaxSyntheticSites));
  }
  if (options.rows_per_site < 1 || options.rows_per_site > kMaxSyntheticRows) {
    return absl::InvalidArgumentError(absl::StrCat("--rows must be 1 to ", kMaxSyntheticRows));
  }
  if (options.skew.label_alpha > 0 && !spec.data().target().has_category()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--skew label is of classes, and the target \"", spec.data().target().name(),
                     spec.data().target().has_mask() ? "\" is a mask; quantity=ALPHA makes hospitals of masks differ"
                                                     : "\" is a number; prevalence=P shifts its mean"));
  }
  return CheckSkew(options.skew);
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

// What each site is called and how many rows it has.
std::vector<SiteToWrite> SitesToWrite(const SyntheticOptions& options) {
  const std::vector<uint64_t> rows =
      DrawRowsOfSites(options.num_sites, options.rows_per_site, options.skew.quantity_alpha, options.seed);
  std::vector<SiteToWrite> sites;
  for (uint32_t i = 0; i < options.num_sites; ++i) {
    const std::string name = i < options.site_names.size() ? options.site_names[i] : absl::StrCat("hospital-", i + 1);
    const v1::PublishedSite* published = PublishedSiteOf(options.statistics, name);
    const bool known = published != nullptr && published->rows() > 0;
    sites.push_back({.index = i, .name = name, .rows = known ? published->rows() : rows[i]});
  }
  return sites;
}

std::string Readme(const v1::JobSpec& spec, const SyntheticOptions& options) {
  return absl::StrCat(
      "# SYNTHETIC data\n\nNothing here describes a real patient. `accord data synthesize` made these files from the "
      "schema of the job `",
      spec.name(), "`, to rehearse it:\n\n- ", Plural(options.num_sites, "hospital"), " of ",
      Plural(options.rows_per_site, "row"), ", seed ", options.seed, ", skew: ", SkewInWords(options.skew),
      "; the same numbers give the same files again\n"
      "- features and target of a table follow a made-up linear model, images of a class one picture, series of a "
      "class one rhythm, texts of a class hold its words, and masks show discs; each hospital differs by its skew in "
      "its patients and in how often they have the target, and misses one column more often\n",
      options.statistics.source().empty()
          ? ""
          : absl::StrCat("- means, spreads and shares are those of ", options.statistics.source(), "\n"),
      "- hospitals also write differently (codes, column names, units, delimiters): each `SYNTHETIC-*.mapping.yaml` "
      "translates one\n\n"
      "A model trained on them, and every figure computed from them, is good for testing and for nothing else.\n");
}

absl::StatusOr<SyntheticSite> WriteSite(const v1::JobSpec& spec, const SyntheticOptions& options,
                                        const SiteToWrite& site, const std::string& folder) {
  const v1::DataSchema& data = spec.data();
  if (IsTable(data)) return WriteTableSite(spec, options, site, folder);
  if (site.rows > kMaxSyntheticArrayRows) {
    return absl::InvalidArgumentError(
        "rows of images, series and texts are at most 1,000,000 a site; ask for fewer (--rows)");
  }
  if (data.target().has_mask()) return WriteMaskSite(data, options, site, folder);
  if (data.has_series()) return WriteSeriesSite(data, options, site, folder);
  if (data.has_text()) return WriteTextSite(data, options, site, folder);
  return WriteImageSite(data, options, site, folder);
}

}  // namespace

std::vector<std::string> SyntheticSiteNames(const v1::JobSpec& spec, const v1::PublishedStatistics& statistics,
                                            uint32_t num_sites) {
  std::vector<std::string> names(spec.rounds().sites().begin(), spec.rounds().sites().end());
  if (names.empty()) {
    for (const v1::PublishedSite& site : statistics.sites()) names.push_back(site.site());
  }
  if (names.size() > num_sites) names.resize(num_sites);
  for (uint32_t number = 1; names.size() < num_sites; ++number) {
    const std::string name = absl::StrCat("hospital-", number);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

absl::Status MayGoOn(const SyntheticOptions& options, uint64_t row) {
  if (!options.go_on || row % kRowsBetweenQuestions != 0) return absl::OkStatus();
  return options.go_on();
}

absl::StatusOr<std::vector<SyntheticSite>> SynthesizeHospitals(const v1::JobSpec& spec, const SyntheticOptions& options,
                                                               const std::string& folder) {
  ACCORD_RETURN_IF_ERROR(CheckOptions(spec, options));
  ACCORD_RETURN_IF_ERROR(PrepareFolder(folder));
  std::vector<SyntheticSite> sites;
  for (const SiteToWrite& site : SitesToWrite(options)) {
    auto written = WriteSite(spec, options, site, folder);
    if (!written.ok()) return written.status();
    sites.push_back(*std::move(written));
  }
  ACCORD_RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(folder, "/", kReadmeName), Readme(spec, options), 0644, Durability::kVisible));
  return sites;
}

}  // namespace accord
