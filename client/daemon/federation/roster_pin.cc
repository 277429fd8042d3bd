#include "client/daemon/federation/roster_pin.h"

#include <utility>

#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kMaxPinBytes = 128;

// Empty: there is no such file.
absl::StatusOr<std::string> ReadPinFile(const std::string& path) {
  auto text = ReadFile(path, kMaxPinBytes);
  if (absl::IsNotFound(text.status())) return std::string();
  if (!text.ok()) return text.status();
  const std::string hash(absl::StripSuffix(*text, "\n"));
  if (IsHexDigest(hash)) return hash;
  return absl::FailedPreconditionError(absl::StrCat(
      path, " does not hold the hash of a roster; pin it again with accord-client roster pin FILE --replace"));
}

}  // namespace

absl::StatusOr<std::string> ReadRosterPin(const StateFolder& folder, const std::string& config_hash) {
  ACCORD_ASSIGN_OR_RETURN(std::string hash, ReadPinFile(folder.RosterPinFile()));
  if (config_hash.empty()) return hash;
  if (hash.empty() || hash == config_hash) return config_hash;
  return absl::FailedPreconditionError(absl::StrCat(
      "the config says roster_sha256: ", config_hash, ", but the roster pinned in ", folder.path(), " is ", hash,
      "; mend the config, or pin the roster that it names (accord-client roster pin FILE --replace)"));
}

std::optional<Roster> ReadPinnedRoster(const StateFolder& folder) {
  const auto hash = ReadPinFile(folder.RosterPinFile());
  auto bytes = ReadFile(folder.RosterFile(), kMaxRosterBytes);
  if (!hash.ok() || !bytes.ok()) return std::nullopt;
  auto roster = Roster::Parse(*std::move(bytes));
  if (!roster.ok() || HexDigest(roster->hash()) != *hash) return std::nullopt;
  return *std::move(roster);
}

absl::Status PinRoster(const StateFolder& folder, const Roster& roster) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder.path(), 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder.RosterFile(), roster.bytes()));
  return WriteFileAtomically(folder.RosterPinFile(), absl::StrCat(HexDigest(roster.hash()), "\n"));
}

}  // namespace accord
