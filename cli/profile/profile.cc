#include "cli/profile/profile.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kMaxLineBytes = 4096;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A file that holds one line.
absl::StatusOr<std::string> ReadLine(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string content, ReadFile(path, kMaxLineBytes));
  const absl::string_view line = absl::StripSuffix(content, "\n");
  if (line.empty() || absl::StrContains(line, "\n")) {
    return absl::InvalidArgumentError(absl::StrCat(path, " should hold one line; run `accord login` again"));
  }
  return std::string(line);
}

}  // namespace

std::string DefaultProfileFolder() {
  if (const std::string profile = Variable("ACCORD_PROFILE"); !profile.empty()) return profile;
  if (const std::string config = Variable("XDG_CONFIG_HOME"); !config.empty()) return config + "/accord";
  const std::string home = Variable("HOME");
  return absl::StrCat(home.empty() ? "." : home, "/.config/accord");
}

TlsFiles ProfileFiles(const std::string& folder) {
  return {.certificate = folder + "/certificate.pem", .key = folder + "/key.pem", .ca = folder + "/ca.pem"};
}

absl::StatusOr<Profile> LoadProfile(const std::string& folder) {
  Profile profile;
  profile.folder = folder;
  const auto coordinator = ReadLine(folder + "/coordinator");
  if (absl::IsNotFound(coordinator.status())) {
    return absl::NotFoundError(
        absl::StrCat("not logged in: there is no profile in ", folder,
                     "; run `accord login --coordinator HOST:PORT --token-file FILE` (whoever runs the coordinator "
                     "makes the token), or name another folder with --profile"));
  }
  if (!coordinator.ok()) return coordinator.status();
  profile.coordinator = *coordinator;
  ACCORD_ASSIGN_OR_RETURN(profile.identity, ReadLine(folder + "/identity"));
  profile.tls = ProfileFiles(folder);
  ACCORD_RETURN_IF_ERROR(FinishIdentity(profile.tls));
  return profile;
}

absl::Status SaveProfile(const std::string& folder, const std::string& coordinator, const NewIdentity& identity) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
  ACCORD_RETURN_IF_ERROR(WriteIdentity(ProfileFiles(folder), identity));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/identity", identity.identity + "\n"));
  // Last: a profile without it counts as not logged in.
  return WriteFileAtomically(folder + "/coordinator", coordinator + "\n");
}

}  // namespace accord
