// Synthetic hospitals from a job's schema, and where there are any from published statistics: data files and the
// mapping files that read them.
//
// Everything says SYNTHETIC: the files' names, a column of every table, the mapping files, the README of the folder.
// The hospitals differ as real ones do: other shares and base rates, other codes, column names, units and delimiters,
// so that a rehearsal exercises the mapping too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/synthetic/skew.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/rehearsal.pb.h"

namespace accord {

struct SyntheticOptions {
  uint32_t num_sites = 4;
  uint64_t rows_per_site = 400;  // on average, where quantities are skewed
  uint64_t seed = 1;
  Skew skew = {};
  v1::PublishedStatistics statistics = {};   // fit to the job (LoadPublishedStatistics); empty: none
  std::function<absl::Status()> go_on = {};  // asked now and then; its error ends the writing
  std::vector<std::string> site_names = {};  // of the first ones; others are "hospital-" and their place
};

struct SyntheticSite {
  std::string site;     // its name
  std::string mapping;  // path of its mapping file
  std::vector<std::string> files = {};
  uint64_t rows = 0;
  // What a job meets at such a site: features that have one value in all rows, and classes that no row has.
  std::vector<std::string> constant_columns = {};
  std::vector<std::string> missing_classes = {};
};

inline constexpr uint32_t kMaxSyntheticSites = 1000;
inline constexpr uint64_t kMaxSyntheticRows = 10'000'000;
// Of a hospital's rows; the others are for training.
inline constexpr double kSyntheticTestFraction = 0.25;

// What so many sites are called: as the job names those that may take part, else as the statistics do; further ones are
// numbered hospitals.
std::vector<std::string> SyntheticSiteNames(const v1::JobSpec& spec, const v1::PublishedStatistics& statistics,
                                            uint32_t num_sites);

// Writes into `folder` (made where missing) and returns what was written. The same arguments give the same bytes.
// INVALID_ARGUMENT: options out of range, or a job without data; ALREADY_EXISTS: the folder holds something other than
// earlier synthetic data.
absl::StatusOr<std::vector<SyntheticSite>> SynthesizeHospitals(const v1::JobSpec& spec, const SyntheticOptions& options,
                                                               const std::string& folder);

// `text` as a double-quoted YAML scalar.
std::string QuotedForYaml(const std::string& text);

}  // namespace accord
