// NumPy arrays and the tables of labels beside them, as a synthetic site has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/synthetic/site_files.h"
#include "cli/synthetic/synthesize.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// What stands before the numbers of a .npy file: `type` as NumPy writes it, "|u1" or "<f4".
std::string NpyFileHead(absl::string_view type, const std::vector<uint64_t>& shape);

// A table of labels with a row for each of `labels`: the level of the target, and that it is synthetic. For masks,
// whose labels are in an array of their own, that alone.
std::string LabelTableText(const v1::Target& target, const std::vector<size_t>& labels);

// Writes the files of a site (first the mapping, to which head and split are added) and returns what was written.
struct NamedContent {
  std::string ending;  // of the file's name, behind SYNTHETIC-SITE
  std::string content;
};
absl::StatusOr<SyntheticSite> WriteArraySite(const SiteToWrite& site, const std::string& folder,
                                             const std::string& mapping, const std::vector<NamedContent>& files);

std::string SyntheticFileName(const SiteToWrite& site, absl::string_view ending);

}  // namespace accord
