#include "cli/governance/governed_files.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/file.h"
#include "base/private_file.h"
#include "base/status.h"
#include "cli/profile/profile.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr size_t kMaxKeyFileBytes = size_t{1} << 16;

}  // namespace

absl::StatusOr<SignedCharter> ReadCharter(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxSignedCharterBytes));
  if (absl::StrContains(text, kSignaturesLine)) {
    auto charter = SignedCharter::Parse(text, path);
    if (!charter.ok() && !absl::StrContains(charter.status().message(), path)) return Annotate(charter.status(), path);
    return charter;
  }
  ACCORD_ASSIGN_OR_RETURN(Charter charter, Charter::Parse(std::move(text), path));
  return SignedCharter(std::move(charter));
}

absl::StatusOr<std::shared_ptr<const Roster>> ReadRoster(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedRosterBytes));
  const auto roster = SignedRoster::Parse(text);
  if (!roster.ok()) return Annotate(roster.status(), path);
  ACCORD_RETURN_IF_ERROR(Annotate(roster->Verify(), path));
  return roster->roster();
}

absl::StatusOr<PersonWithKey> ReadPerson(const CliEnvironment& environment, const std::string& profile_folder) {
  ACCORD_ASSIGN_OR_RETURN(const Profile profile,
                          LoadProfile(profile_folder.empty() ? environment.default_profile : profile_folder));
  ACCORD_ASSIGN_OR_RETURN(const PrivateFile pem, ReadPrivateFile(profile.tls.key, kMaxKeyFileBytes));
  const auto key = KeyPair::FromPem(pem.content);
  if (!key.ok()) return Annotate(key.status(), profile.tls.key);
  ACCORD_ASSIGN_OR_RETURN(KeyPairSigner signer, KeyPairSigner::Create(*key));
  return PersonWithKey{profile.identity, std::move(signer)};
}

}  // namespace accord
