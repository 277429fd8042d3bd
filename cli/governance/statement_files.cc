#include "cli/governance/statement_files.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/operations/job_file.h"
#include "proto/validation/job_validation.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr size_t kMaxStatementFileBytes = kMaxStatementBytes + 128;  // and the line of the signature

absl::StatusOr<SignedStatement> ReadStatement(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxStatementFileBytes));
  auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), path);
  return statement;
}

absl::StatusOr<ReadApproval> ReadApprovalFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement, ReadStatement(path));
  auto approval = ParseApproval(statement.bytes);
  if (!approval.ok()) return Annotate(approval.status(), path);
  return ReadApproval{std::move(statement), *std::move(approval)};
}

}  // namespace

absl::StatusOr<ReadOrder> ReadOrderFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement, ReadStatement(path));
  auto order = ParseJobOrder(statement.bytes);
  if (!order.ok()) return Annotate(order.status(), path);
  const Sha256Digest hash = JobOrderHash(statement.bytes);
  return ReadOrder{std::move(statement), *std::move(order), hash};
}

absl::StatusOr<std::vector<ReadApproval>> ReadApprovalFiles(const std::vector<std::string>& paths) {
  std::vector<ReadApproval> approvals;
  std::vector<std::string> faults;
  for (const std::string& path : paths) {
    auto approval = ReadApprovalFile(path);
    if (approval.ok()) {
      approvals.push_back(*std::move(approval));
    } else {
      faults.emplace_back(approval.status().message());
    }
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return approvals;
}

std::vector<SignedStatement> StatementsOf(const std::vector<ReadApproval>& approvals) {
  std::vector<SignedStatement> statements;
  for (const ReadApproval& approval : approvals) statements.push_back(approval.statement);
  return statements;
}

bool IsJobFile(absl::string_view path) { return absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".yml"); }

absl::StatusOr<ReadJob> ReadOrderedJob(const std::string& path) {
  ReadJob job;
  if (IsJobFile(path)) {
    ACCORD_ASSIGN_OR_RETURN(job.spec, ReadNamedJob(path));
    ACCORD_ASSIGN_OR_RETURN(job.bytes, JobBytes(job.spec));
    return job;
  }
  ACCORD_ASSIGN_OR_RETURN(job.bytes, ReadFile(path, kMaxJobBytes));
  auto spec = ParseJobSpec(job.bytes);
  if (!spec.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", spec.status().message(), " (a job file's name ends with .yaml or .yml)"));
  }
  job.spec = *std::move(spec);
  return job;
}

}  // namespace accord
