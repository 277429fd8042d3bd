// The client.yaml that enrolment writes where there is none yet.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// What the operator of one of two sites writes into its config.
inline constexpr char kTwoSitesLine[] = "floors: {allow_two_sites: true}";

struct FirstConfig {
  std::string path;               // where it will lie
  std::string coordinator;        // "host:port"
  std::vector<std::string> data;  // "NAME=MAPPING": data sets to release; a mapping's path as of the working folder
  bool allow_two_sites = false;   // floors of a federation of two
};

// Everything that is wrong with what was asked for, the mapping files with it: before a token is spent on it.
absl::Status CheckFirstConfig(const FirstConfig& config);
// The file's text, for a site that has this id; paths in it are relative to the file.
std::string FirstConfigText(const FirstConfig& config, absl::string_view site);

}  // namespace accord
