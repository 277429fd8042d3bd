// Files of signed orders and approvals, as people fetch them again. Reading them: cli/governance/statement_files.h.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// "approval of person/bela as lead": of a file that somebody read, or a peer's; never fails.
std::string ApprovalFileInWords(const std::string& file);

// Writes each byte for byte as it came into a folder that is made, or is empty: job.binpb, order.signed,
// charter.signed, approval-1.signed, stop-1.signed and so on. Gives the names. ALREADY_EXISTS: the folder has something
// in it.
absl::StatusOr<std::vector<std::string>> WritePapers(const v1::FetchPapersReply& papers, const std::string& folder);

}  // namespace accord
