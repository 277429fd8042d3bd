// One synthetic hospital's files. For synthesize.cc.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/synthetic/synthesize.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// `site` from 0; its name is "hospital-" and site + 1.
absl::StatusOr<SyntheticSite> WriteTableSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                             uint32_t site, const std::string& folder);
absl::StatusOr<SyntheticSite> WriteImageSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                             uint32_t site, const std::string& folder);

// First lines of every mapping file.
std::string SyntheticMappingHead(const std::string& site);
// `text` as a double-quoted YAML scalar.
std::string QuotedForYaml(const std::string& text);

}  // namespace accord
