#include "client/daemon/federation/joint_pin.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"
#include "trust/roster/readable_text.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr absl::string_view kJointFirstLine = "accord-joint-v1";

std::string JointFile(const StateFolder& folder) { return absl::StrCat(folder.path(), "/joint"); }
std::string JointFileFolder(const StateFolder& folder) { return absl::StrCat(folder.path(), "/joint.files"); }
std::string JointFileOf(const StateFolder& folder, const Sha256Digest& hash) {
  return absl::StrCat(JointFileFolder(folder), "/", HexDigest(hash));
}

std::string JointPinText(const JointPin& pin) {
  LineWriter writer(kJointFirstLine);
  writer.Line("own config", pin.own_config).Digest("own anchor", pin.own_anchor);
  writer.Digest("other anchor", pin.other_anchor).Digest("other roster", pin.other_roster);
  writer.Digest("other charter", pin.other_charter);
  return std::move(writer).Take();
}

absl::StatusOr<JointPin> ParseJointPin(absl::string_view bytes) {
  LineReader reader(bytes, "the file joint", kJointFirstLine);
  JointPin pin;
  pin.own_config = reader.Value("own config");
  if (!absl::StartsWith(pin.own_config, "/") || !CheckReadableText(pin.own_config).ok()) {
    reader.Fail("does not hold an absolute path of readable characters");
  }
  pin.own_anchor = reader.Digest("own anchor");
  pin.other_anchor = reader.Digest("other anchor");
  pin.other_roster = reader.Digest("other roster");
  pin.other_charter = reader.Digest("other charter");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return pin;
}

absl::StatusOr<std::string> ReadJointFile(const StateFolder& folder, const Sha256Digest& hash) {
  auto bytes = ReadFile(JointFileOf(folder, hash), kMaxSignedRosterBytes);
  if (bytes.ok() && Sha256(*bytes) == hash) return bytes;
  return absl::FailedPreconditionError(
      absl::StrCat(JointFileOf(folder, hash), bytes.ok() ? " has other bytes than were pinned" : " cannot be read",
                   "; pin the joint federation again (accord-client joint pin)"));
}

}  // namespace

absl::StatusOr<std::optional<JointPin>> ReadJointPin(const StateFolder& folder) {
  const auto text = ReadFile(JointFile(folder), kMaxStatementBytes);
  if (absl::IsNotFound(text.status())) return std::optional<JointPin>();
  ACCORD_RETURN_IF_ERROR(text.status());
  auto pin = ParseJointPin(*text);
  if (pin.ok()) return std::optional<JointPin>(*std::move(pin));
  return absl::FailedPreconditionError(absl::StrCat(JointFile(folder), " is damaged: ", pin.status().message(),
                                                    "; pin the joint federation again (accord-client joint pin)"));
}

absl::StatusOr<JointFiles> ReadJointFiles(const StateFolder& folder, const JointPin& pin) {
  JointFiles files;
  files.own_config = pin.own_config;
  ACCORD_ASSIGN_OR_RETURN(files.own_anchor, ReadJointFile(folder, pin.own_anchor));
  ACCORD_ASSIGN_OR_RETURN(files.other_anchor, ReadJointFile(folder, pin.other_anchor));
  ACCORD_ASSIGN_OR_RETURN(files.other_roster, ReadJointFile(folder, pin.other_roster));
  ACCORD_ASSIGN_OR_RETURN(files.other_charter, ReadJointFile(folder, pin.other_charter));
  return files;
}

absl::Status WriteJointPin(const StateFolder& folder, const JointFiles& files) {
  JointPin pin;
  pin.own_config = files.own_config;
  const std::pair<const std::string*, Sha256Digest*> kept[] = {{&files.own_anchor, &pin.own_anchor},
                                                               {&files.other_anchor, &pin.other_anchor},
                                                               {&files.other_roster, &pin.other_roster},
                                                               {&files.other_charter, &pin.other_charter}};
  for (const auto& [bytes, hash] : kept) *hash = Sha256(*bytes);
  const std::string text = JointPinText(pin);
  ACCORD_RETURN_IF_ERROR(ParseJointPin(text).status());
  ACCORD_RETURN_IF_ERROR(MakeFolders(JointFileFolder(folder), 0700));
  for (const auto& [bytes, hash] : kept) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(JointFileOf(folder, *hash), *bytes));
  }
  return WriteFileAtomically(JointFile(folder), text);
}

absl::Status ForgetJointPin(const StateFolder& folder) {
  if (unlink(JointFile(folder).c_str()) != 0 && errno != ENOENT) return ErrnoError("remove", JointFile(folder));
  return SyncParentFolder(JointFile(folder));
}

}  // namespace accord
