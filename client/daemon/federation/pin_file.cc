#include "client/daemon/federation/pin_file.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kMaxPinBytes = 128;

std::string FolderOf(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

}  // namespace

absl::StatusOr<std::string> ReadPinFile(const PinKind& kind, const std::string& path) {
  auto text = ReadFile(path, kMaxPinBytes);
  if (absl::IsNotFound(text.status())) return std::string();
  if (!text.ok()) return text.status();
  const std::string hash(absl::StripSuffix(*text, "\n"));
  if (IsHexDigest(hash)) return hash;
  return absl::FailedPreconditionError(
      absl::StrCat(path, " does not hold ", kind.content, "; pin it again with ", kind.command));
}

absl::StatusOr<std::string> ReadPin(const PinKind& kind, const std::string& path, const std::string& config_hash) {
  ACCORD_ASSIGN_OR_RETURN(std::string hash, ReadPinFile(kind, path));
  if (config_hash.empty()) return hash;
  if (hash.empty() || hash == config_hash) return config_hash;
  return absl::FailedPreconditionError(absl::StrCat(
      "the config says ", kind.config_field, ": ", config_hash, ", but the ", kind.thing, " pinned in ", FolderOf(path),
      " is ", hash, "; mend the config, or pin the ", kind.thing, " that it names (", kind.command, ")"));
}

absl::Status WritePinFile(const std::string& path, absl::string_view hash) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(FolderOf(path), 0700));
  return WriteFileAtomically(path, absl::StrCat(hash, "\n"));
}

}  // namespace accord
