// What proves a lie in a job's secure sums, in files of the site's evidence folder: one named by its hash for each.
//
// Adversary: a peer or the coordinator that lies anew in every epoch, so that a file of the roster's size is written each
// time. The first ones convict; of a job no more than kMostOfJob are kept while the daemon runs, and the folder takes no
// more of the kind once it holds kMost, whatever jobs they are of. Used by one thread.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

class EvidenceFiles {
 public:
  static constexpr size_t kMostOfJob = 16;
  static constexpr size_t kMost = 1'000;

  explicit EvidenceFiles(std::string folder) : folder_(std::move(folder)) {}

  // The file; durable on return. RESOURCE_EXHAUSTED: there are as many as are kept. Else as of
  // WriteHashNamedFile and CountFiles.
  absl::StatusOr<std::string> Keep(absl::string_view evidence);

 private:
  const std::string folder_;
  size_t kept_ = 0;
};

}  // namespace accord
