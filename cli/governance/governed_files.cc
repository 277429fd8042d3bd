#include "cli/governance/governed_files.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/private_file.h"
#include "base/status.h"
#include "cli/profile/profile.h"
#include "trust/charter/signed_statement.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr size_t kMaxKeyFileBytes = size_t{1} << 16;

}  // namespace

absl::StatusOr<SignedCharter> ReadCharter(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxSignedCharterBytes));
  return SignedCharter::ParseSignedOrNot(std::move(text), path);
}

absl::StatusOr<std::shared_ptr<const Roster>> ReadRoster(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedRosterBytes));
  const auto roster = SignedRoster::Parse(text);
  if (!roster.ok()) return Annotate(roster.status(), path);
  ACCORD_RETURN_IF_ERROR(Annotate(roster->VerifyPinned(), path));
  return roster->roster();
}

absl::StatusOr<ActiveCharter> ReadActiveCharter(const std::string& charter, const std::string& former,
                                                const std::string& roster) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter signed_charter, ReadCharter(charter));
  ACCORD_ASSIGN_OR_RETURN(const auto listed, ReadRoster(roster));
  std::shared_ptr<const Charter> before;
  if (!former.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const SignedCharter earlier, ReadCharter(former));
    before = earlier.charter();
  }
  return ActiveCharter::Create(signed_charter, listed, before.get());
}

absl::StatusOr<SitePolicy> ReadPolicy(const std::string& path, const Charter& charter, const std::string& site) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadPolicyText(path));
  return SitePolicy::Parse(text, path, charter, site);
}

absl::StatusOr<std::string> ReadPolicyText(const std::string& path) { return ReadFile(path, kMaxPolicyBytes); }

absl::StatusOr<SaidPosture> ReadSaidPosture(absl::string_view text, const std::string& path, const Roster& roster) {
  const auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), path);
  auto posture = ParsePosture(statement->bytes);
  if (!posture.ok()) return Annotate(posture.status(), path);
  const RosterSite* site = roster.Find(posture->site);
  if (site == nullptr || !site->key.Verify(kPostureDomain, statement->bytes, statement->signature).ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not signed with the key that the roster lists for site ", posture->site,
                     ": somebody else made it, a byte of it was changed, or it is of before this roster"));
  }
  return SaidPosture{*std::move(posture), PostureHash(statement->bytes)};
}

absl::Status WriteNewFile(const std::string& path, absl::string_view content) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, " is there already and is not written over; choose another name, or remove it first"));
  }
  return WriteFileAtomically(path, content);
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
