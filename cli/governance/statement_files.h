// Orders and approvals as files, and the jobs that they are about.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/charter/signed_statement.h"

namespace accord {

struct ReadOrder {
  SignedStatement statement;
  JobOrder order;
  Sha256Digest hash{};
};
absl::StatusOr<ReadOrder> ReadOrderFile(const std::string& path);

struct ReadApproval {
  SignedStatement statement;
  Approval approval;
};
// INVALID_ARGUMENT tells the faults of all files, not of the first.
absl::StatusOr<std::vector<ReadApproval>> ReadApprovalFiles(const std::vector<std::string>& paths);
std::vector<SignedStatement> StatementsOf(const std::vector<ReadApproval>& approvals);

struct ReadJob {
  v1::JobSpec spec;
  std::string bytes;  // that an order names by their hash
};
// As an engineer writes it: *.yaml, *.yml.
bool IsJobFile(absl::string_view path);
// A job file as `accord job submit` would send it, its model not built; any other file holds the bytes of a job as they
// were sent.
absl::StatusOr<ReadJob> ReadOrderedJob(const std::string& path);

}  // namespace accord
