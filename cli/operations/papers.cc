#include "cli/operations/papers.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/approval.h"
#include "trust/charter/charter.h"
#include "trust/charter/signed_statement.h"

namespace accord {

std::string ApprovalFileInWords(const std::string& file) {
  const auto statement = SignedStatement::Parse(file);
  const auto said = statement.ok() ? ParseApproval(statement->bytes) : statement.status();
  if (!said.ok()) return "a statement that cannot be read";
  return absl::StrCat(said->approves ? "approval of " : "refusal of ", said->by,
                      said->as == v1::ROLE_UNSPECIFIED ? "" : absl::StrCat(" as ", RoleName(said->as)));
}

absl::StatusOr<std::vector<std::string>> WritePapers(const v1::FetchPapersReply& papers, const std::string& folder) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder));
  std::error_code error;
  if (!std::filesystem::is_empty(folder, error) || error) {
    return absl::AlreadyExistsError(absl::StrCat(
        folder, " has something in it: papers of two jobs in one folder would be mixed up; name a new one"));
  }
  std::vector<std::pair<std::string, const std::string*>> files = {{"job.binpb", &papers.job_spec()},
                                                                   {"order.signed", &papers.order()}};
  if (!papers.charter().empty()) files.emplace_back("charter.signed", &papers.charter());
  for (int i = 0; i < papers.approvals_size(); ++i) {
    files.emplace_back(absl::StrCat("approval-", i + 1, ".signed"), &papers.approvals(i));
  }
  for (int i = 0; i < papers.stops_size(); ++i) {
    files.emplace_back(absl::StrCat("stop-", i + 1, ".signed"), &papers.stops(i));
  }
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/", name), *bytes));
    names.push_back(name);
  }
  return names;
}

}  // namespace accord
