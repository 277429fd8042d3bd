#include "client/daemon/federation/roster_pin.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "client/daemon/federation/pin_file.h"

namespace accord {
namespace {

constexpr PinKind kRosterPin = {"roster", "the hash of a roster", "roster_sha256",
                                "accord-client roster pin FILE --replace"};

}  // namespace

absl::StatusOr<std::string> ReadRosterPin(const StateFolder& folder, const std::string& config_hash) {
  return ReadPin(kRosterPin, folder.RosterPinFile(), config_hash);
}

std::optional<Roster> ReadPinnedRoster(const StateFolder& folder) {
  const auto hash = ReadPinFile(kRosterPin, folder.RosterPinFile());
  auto bytes = ReadFile(folder.RosterFile(), kMaxRosterBytes);
  if (!hash.ok() || !bytes.ok()) return std::nullopt;
  auto roster = Roster::Parse(*std::move(bytes));
  if (!roster.ok() || HexDigest(roster->hash()) != *hash) return std::nullopt;
  return *std::move(roster);
}

absl::Status PinRoster(const StateFolder& folder, const Roster& roster) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder.path(), 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder.RosterFile(), roster.bytes()));
  return WritePinFile(folder.RosterPinFile(), HexDigest(roster.hash()));
}

}  // namespace accord
