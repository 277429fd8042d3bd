// Files of signed orders and approvals, as people hand them in and fetch them again.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// The file's bytes, once it was found to be a signed order or approval; whose signature it is, is not asked here.
// INVALID_ARGUMENT: it is none, with the file's name.
absl::StatusOr<std::string> ReadOrderFile(const std::string& path);
absl::StatusOr<std::string> ReadApprovalFile(const std::string& path);

// "approval of person/bela as lead": of a file that ReadApprovalFile took, or a peer's; never fails.
std::string ApprovalFileInWords(const std::string& file);

// Writes each byte for byte as it came into a folder that is made, or is empty: job.binpb, order.signed,
// charter.signed, approval-1.signed and so on. Gives the names. ALREADY_EXISTS: the folder has something in it.
absl::StatusOr<std::vector<std::string>> WritePapers(const v1::FetchPapersReply& papers, const std::string& folder);

}  // namespace accord
