// Synthetic hospitals from a job's schema: data files and the mapping files that read them.
//
// Everything says SYNTHETIC: the files' names, a column of every table, the mapping files, the README of the folder.
// The hospitals differ as real ones do: other shares and base rates, other codes, column names, units and delimiters,
// so that a rehearsal exercises the mapping too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

struct SyntheticOptions {
  uint32_t num_sites = 4;
  uint64_t rows_per_site = 400;
  uint64_t seed = 1;
  double skew = 0.5;  // 0: all hospitals alike; 1: clearly different; more: caricatures
};

struct SyntheticSite {
  std::string site;     // "hospital-1", ...
  std::string mapping;  // path of its mapping file
  std::vector<std::string> files;
  uint64_t rows = 0;
};

inline constexpr uint32_t kMaxSyntheticSites = 1000;
inline constexpr uint64_t kMaxSyntheticRows = 10'000'000;

// Writes into `folder` (made where missing) and returns what was written. The same arguments give the same bytes.
// INVALID_ARGUMENT: options out of range, or a job without data; ALREADY_EXISTS: the folder holds something other than
// earlier synthetic data.
absl::StatusOr<std::vector<SyntheticSite>> SynthesizeHospitals(const v1::JobSpec& spec, const SyntheticOptions& options,
                                                               const std::string& folder);

}  // namespace accord
