#include "client/daemon/federation/roster_pin.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "base/status.h"
#include "client/daemon/federation/pin_file.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr PinKind kRosterPin = {"roster", "the hash of a roster", "roster_sha256",
                                "accord-client roster pin FILE --replace"};
constexpr size_t kMaxStepsBytes = size_t{4} << 20;  // some 30,000 versions

// Held while the pin, or what was signed, is looked at and changed: an officer's command and the daemon are two
// processes.
absl::StatusOr<UniqueFd> LockPin(const StateFolder& folder) { return LockFolder(folder.path()); }

// Under the lock.
absl::Status WriteRoster(const StateFolder& folder, const Roster& roster) {
  const std::optional<Roster> pinned = ReadPinnedRoster(folder);
  if (pinned.has_value() && pinned->hash() != roster.hash()) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder.FormerRosterFile(), pinned->bytes()));
  }
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder.RosterFile(), roster.bytes()));
  return WritePinFile(folder.RosterPinFile(), HexDigest(roster.hash()));
}

}  // namespace

absl::StatusOr<std::string> ReadRosterPin(const StateFolder& folder, const std::string& config_hash) {
  return ReadPin(kRosterPin, folder.RosterPinFile(), config_hash);
}

std::optional<Roster> ReadRosterOf(const StateFolder& folder, absl::string_view hash) {
  for (const std::string& path : {folder.RosterFile(), folder.FormerRosterFile()}) {
    auto bytes = ReadFile(path, kMaxRosterBytes);
    auto roster = bytes.ok() ? Roster::Parse(*std::move(bytes)) : bytes.status();
    if (roster.ok() && HexDigest(roster->hash()) == hash) return *std::move(roster);
  }
  for (const std::string& path : {folder.SignedRosterFile(), folder.PublishedRosterFile()}) {
    const auto text = ReadFile(path, kMaxSignedRosterBytes);
    const auto roster = text.ok() ? SignedRoster::Parse(*text) : text.status();
    if (roster.ok() && HexDigest(roster->roster()->hash()) == hash) return *roster->roster();
  }
  return std::nullopt;
}

std::optional<Roster> ReadPinnedRoster(const StateFolder& folder) {
  const auto hash = ReadPinFile(kRosterPin, folder.RosterPinFile());
  if (!hash.ok() || hash->empty()) return std::nullopt;
  return ReadRosterOf(folder, *hash);
}

absl::Status PinRoster(const StateFolder& folder, const Roster& roster) {
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockPin(folder));
  return WriteRoster(folder, roster);
}

absl::Status MovePin(const StateFolder& folder, absl::string_view from, const Roster& roster) {
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockPin(folder));
  ACCORD_ASSIGN_OR_RETURN(const std::string pinned, ReadPinFile(kRosterPin, folder.RosterPinFile()));
  if (pinned == from) return WriteRoster(folder, roster);
  return absl::FailedPreconditionError(
      absl::StrCat("another roster, ", pinned, ", was pinned here meanwhile in place of ", from, "; it stays"));
}

absl::StatusOr<SignedSteps> ReadSignedSteps(const StateFolder& folder) {
  const auto text = ReadFile(folder.SignedStepFile(), kMaxStepsBytes);
  if (absl::IsNotFound(text.status())) return SignedSteps();
  if (!text.ok()) return text.status();
  SignedSteps steps;
  const std::vector<std::string> lines = absl::StrSplit(*text, '\n');
  bool good = lines.size() % 2 == 1 && lines.back().empty();
  for (size_t i = 0; good && i + 1 < lines.size(); i += 2) {
    good = IsHexDigest(lines[i]) && IsHexDigest(lines[i + 1]) && steps.emplace(lines[i], lines[i + 1]).second;
  }
  if (good && !steps.empty()) return steps;
  return absl::DataLossError(absl::StrCat(folder.SignedStepFile(),
                                          " does not hold pairs of hashes; if this site has signed no other roster "
                                          "that follows the pinned one, remove it"));
}

absl::Status NoteSignedStep(const StateFolder& folder, const std::string& previous, const std::string& hash,
                            bool replace) {
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockPin(folder));
  ACCORD_ASSIGN_OR_RETURN(SignedSteps steps, ReadSignedSteps(folder));
  const auto [noted, is_new] = steps.emplace(previous, hash);
  if (!is_new && noted->second == hash) return absl::OkStatus();
  if (!is_new && !replace) {
    return absl::FailedPreconditionError(absl::StrCat(
        "this site has signed another roster that follows ", previous, " already: ", noted->second,
        ". Whoever has both can prove that it signed two (accord audit fork). If the other draft was given up, say "
        "--replace"));
  }
  noted->second = hash;
  std::string text;
  for (const auto& [before, after] : steps) absl::StrAppend(&text, before, "\n", after, "\n");
  return WriteFileAtomically(folder.SignedStepFile(), text);
}

}  // namespace accord
