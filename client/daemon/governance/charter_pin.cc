#include "client/daemon/governance/charter_pin.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/federation/pin_file.h"
#include "client/daemon/federation/roster_pin.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr PinKind kCharterPin = {"charter", "the hash of a charter", "charter_sha256",
                                 "accord-client charter pin FILE --replace"};

std::string PathOfCharter(const StateFolder& folder, const std::string& hash) {
  return absl::StrCat(folder.CharterFolder(), "/", hash, ".charter");
}

}  // namespace

absl::StatusOr<std::string> ReadCharterPin(const StateFolder& folder, const std::string& config_hash) {
  return ReadPin(kCharterPin, folder.CharterPinFile(), config_hash);
}

absl::StatusOr<SignedCharter> ReadKeptCharter(const StateFolder& folder, const std::string& hash) {
  const std::string path = PathOfCharter(folder, hash);
  const auto text = ReadFile(path, kMaxSignedCharterBytes);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(absl::StrCat("the charter ", hash, " is not in ", folder.CharterFolder(),
                                            "; pin it (accord-client charter pin FILE)"));
  }
  ACCORD_RETURN_IF_ERROR(text.status());
  auto charter = SignedCharter::Parse(*text, path);
  if (!charter.ok() || HexDigest(charter->charter()->hash()) != hash) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not the charter ", hash, " any more; pin it again (accord-client charter pin FILE)"));
  }
  return charter;
}

absl::Status KeepCharter(const StateFolder& folder, const SignedCharter& charter) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder.CharterFolder(), 0700));
  return WriteFileAtomically(PathOfCharter(folder, HexDigest(charter.charter()->hash())), charter.Text());
}

std::optional<SignedCharter> FormerOf(const StateFolder& folder, const Charter& charter) {
  if (charter.terms().former_sha256().empty()) return std::nullopt;
  auto former = ReadKeptCharter(folder, charter.terms().former_sha256());
  if (!former.ok()) return std::nullopt;
  return *std::move(former);
}

absl::Status PinCharter(const StateFolder& folder, const SignedCharter& charter) {
  ACCORD_RETURN_IF_ERROR(KeepCharter(folder, charter));
  return WritePinFile(folder.CharterPinFile(), HexDigest(charter.charter()->hash()));
}

absl::Status ForgetCharterPin(const StateFolder& folder) {
  if (unlink(folder.CharterPinFile().c_str()) != 0 && errno != ENOENT) {
    return ErrnoError("remove", folder.CharterPinFile());
  }
  return SyncParentFolder(folder.CharterPinFile());
}

absl::StatusOr<std::shared_ptr<const Roster>> PinnedRosterOf(const StateFolder& folder, const v1::SiteConfig& config) {
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadRosterPin(folder, config.roster_sha256()));
  if (pin.empty()) {
    return absl::FailedPreconditionError(
        "this site has pinned no roster, by which the signatures of a charter are checked: accord-client roster sign");
  }
  if (auto roster = ReadRosterOf(folder, pin); roster.has_value()) {
    return std::make_shared<const Roster>(*std::move(roster));
  }
  return absl::FailedPreconditionError(absl::StrCat("the roster that this site has pinned, ", pin, ", is not in ",
                                                    folder.path(), "; pin it again (accord-client roster pin FILE)"));
}

}  // namespace accord
