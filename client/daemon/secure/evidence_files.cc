#include "client/daemon/secure/evidence_files.h"

#include "absl/strings/str_cat.h"
#include "base/hash_named_file.h"
#include "base/status.h"
#include "client/daemon/governance/count_files.h"

namespace accord {
namespace {

constexpr absl::string_view kEvidenceExtension = ".evidence";

}  // namespace

absl::StatusOr<std::string> EvidenceFiles::Keep(absl::string_view evidence) {
  if (kept_ >= kMostOfJob) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the first ", kMostOfJob, " of this job are kept in ", folder_, " and convict whoever lied"));
  }
  ACCORD_ASSIGN_OR_RETURN(const size_t all, CountFiles(folder_, "", kEvidenceExtension));
  if (all >= kMost) {
    return absl::ResourceExhaustedError(absl::StrCat(folder_, " holds ", kMost, " already: put old ones away"));
  }
  ACCORD_ASSIGN_OR_RETURN(std::string path, WriteHashNamedFile(folder_, kEvidenceExtension, evidence));
  ++kept_;
  return path;
}

}  // namespace accord
