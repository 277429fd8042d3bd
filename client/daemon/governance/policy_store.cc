#include "client/daemon/governance/policy_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "base/status.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr char kTakenFolder[] = "/taken";
constexpr char kTextsFolder[] = "/texts";

}  // namespace

std::string PolicyStore::Path() const { return absl::StrCat(folder_, "/signed"); }

absl::StatusOr<std::optional<std::string>> PolicyStore::Text() const {
  auto text = ReadFile(Path(), kMaxSignedPolicyBytes);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  if (text.ok()) return std::optional<std::string>(*std::move(text));
  return absl::DataLossError(absl::StrCat("the signed policy in the site's state folder cannot be read (",
                                          text.status().message(),
                                          "): take it again (accord-client policy take FILE)"));
}

absl::StatusOr<PolicyStatement> PolicyStore::Keep(const Charter& charter, const Roster& roster, absl::string_view site,
                                                  const SignedPolicy& signed_policy, absl::Time now) const {
  ACCORD_ASSIGN_OR_RETURN(PolicyStatement statement, CheckSignedPolicy(charter, roster, site, signed_policy));
  if (statement.time > now + kMostPolicySkew) {
    return absl::InvalidArgumentError(absl::StrCat("the signed policy says that it was made at ",
                                                   FormatUtc(statement.time), ", and it is ", FormatUtc(now),
                                                   ": set the clock and have it signed anew"));
  }
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockFolder(folder_));
  // One that is damaged keeps nothing out: it says no longer of when it was.
  const auto kept = Text();
  if (kept.ok() && kept->has_value()) {
    const auto before = SignedPolicy::Parse(**kept);
    const auto said =
        before.ok() ? ParsePolicyStatement(before->bytes) : absl::StatusOr<PolicyStatement>(before.status());
    // The same one with other signatures replaces it: one of those who signed it may have left.
    if (said.ok() && before->bytes != signed_policy.bytes && said->time >= statement.time) {
      return absl::FailedPreconditionError(
          absl::StrCat("a policy of ", FormatUtc(said->time), " was taken before, and this one is of ",
                       FormatUtc(statement.time), ": only a later one replaces it; have it signed anew"));
    }
  }
  // First: what is gone by is always among what was taken.
  const std::string taken = absl::StrCat(folder_, kTakenFolder);
  ACCORD_RETURN_IF_ERROR(MakeFolders(taken, 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(
      absl::StrCat(taken, "/", HexDigest(HashUnder(kPolicyDomain, signed_policy.bytes))), signed_policy.Text(), 0600));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(Path(), signed_policy.Text(), 0600));
  return statement;
}

absl::Status PolicyStore::KeepText(absl::string_view text) const {
  const std::string texts = absl::StrCat(folder_, kTextsFolder);
  ACCORD_RETURN_IF_ERROR(MakeFolders(texts, 0700));
  return WriteFileAtomically(absl::StrCat(texts, "/", HexDigest(PolicyTextHash(text))), text, 0600);
}

bool PolicyStore::HadOne() const {
  for (const char* const folder : {kTakenFolder, kTextsFolder}) {
    std::error_code error;
    const bool empty = std::filesystem::is_empty(absl::StrCat(folder_, folder), error);
    if (error == std::errc::no_such_file_or_directory) continue;
    if (error || !empty) return true;
  }
  return false;
}

std::vector<SignedPolicy> PolicyStore::Taken() const {
  std::vector<std::pair<absl::Time, SignedPolicy>> found;
  std::error_code error;
  std::filesystem::directory_iterator next(absl::StrCat(folder_, kTakenFolder), error);
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    const auto text = ReadFile(next->path().string(), kMaxSignedPolicyBytes);
    auto one = text.ok() ? SignedPolicy::Parse(*text) : absl::StatusOr<SignedPolicy>(text.status());
    if (!one.ok()) continue;
    const auto statement = ParsePolicyStatement(one->bytes);
    if (statement.ok()) found.emplace_back(statement->time, *std::move(one));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.bytes) < std::tie(b.first, b.second.bytes);
  });
  std::vector<SignedPolicy> taken;
  for (auto& [time, one] : found) taken.push_back(std::move(one));
  return taken;
}

}  // namespace accord
