// One synthetic hospital's files. For synthesize.cc.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/synthetic/synthesize.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// One of the sites that the options ask for.
struct SiteToWrite {
  uint32_t index = 0;  // from 0
  std::string name;
  uint64_t rows = 0;
};

absl::StatusOr<SyntheticSite> WriteTableSite(const v1::JobSpec& spec, const SyntheticOptions& options,
                                             const SiteToWrite& site, const std::string& folder);
absl::StatusOr<SyntheticSite> WriteImageSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                             const SiteToWrite& site, const std::string& folder);
absl::StatusOr<SyntheticSite> WriteSeriesSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                              const SiteToWrite& site, const std::string& folder);
absl::StatusOr<SyntheticSite> WriteTextSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                            const SiteToWrite& site, const std::string& folder);
absl::StatusOr<SyntheticSite> WriteMaskSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                            const SiteToWrite& site, const std::string& folder);

// Before each row is written, counted from 0: what `options.go_on` says when it is asked.
absl::Status MayGoOn(const SyntheticOptions& options, uint64_t row);

// First lines of every mapping file.
std::string SyntheticMappingHead(const std::string& site);

}  // namespace accord
