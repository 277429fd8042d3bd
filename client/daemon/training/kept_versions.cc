#include "client/daemon/training/kept_versions.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/data_version.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

std::string HeadOfKept(const DataFacts& facts) {
  return absl::StrCat("accord-kept-version-v1\nfacts: ", HexDigest(facts.fingerprint), "\n");
}

}  // namespace

std::string KeptVersions::PathOf(absl::string_view data_set) const { return absl::StrCat(folder_, "/", data_set); }

absl::StatusOr<std::string> KeptVersions::Find(absl::string_view data_set, const DataFacts& facts,
                                               const Sha256Digest& mapping) const {
  const absl::Status none = absl::NotFoundError(absl::StrCat("no version of ", data_set, " as it is now is known"));
  if (!IsStatementName(data_set)) return none;
  const auto text = ReadFile(PathOf(data_set), 2 * kMaxStatementBytes);
  if (!text.ok()) return none;
  absl::string_view rest = *text;
  if (!absl::ConsumePrefix(&rest, HeadOfKept(facts))) return none;
  const auto version = ParseDataVersion(rest);
  if (!version.ok() || version->mapping != mapping) return none;
  return std::string(rest);
}

absl::Status KeptVersions::Keep(absl::string_view data_set, const DataFacts& facts, absl::string_view version_text,
                                absl::Time began) const {
  if (facts.latest_change + kGrainOfFileTimes > began) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(ParseDataVersion(version_text).status());
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder_, 0700));
  return WriteFileAtomically(PathOf(data_set), absl::StrCat(HeadOfKept(facts), version_text), 0600);
}

}  // namespace accord
