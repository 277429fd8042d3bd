#include "trust/identity/invitation.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr char kFirstLine[] = "accord-invitation-v1";
constexpr size_t kMaxInvitationBytes = 4096;
constexpr size_t kLines = 5;

absl::Status NotAnInvitation() {
  return absl::InvalidArgumentError(
      "this is neither an invitation nor an enrolment token: expected the whole file that `accord-coordinator invite` "
      "wrote, or the line that `accord-coordinator token` printed; ask the coordinator's operator for a new one");
}

bool IsReadable(absl::string_view value) {
  for (const char c : value) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return !value.empty();
}

SecretBytes Concatenated(absl::string_view head, const SecretBytes& token) {
  std::string text = absl::StrCat(head, token.RevealAsText(), "\n");
  SecretBytes secret(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  WipeString(text);
  return secret;
}

// All lines of an invitation, or the one of a token.
std::string ReadLines(std::istream& in) {
  std::string text, line;
  std::getline(in, text);
  absl::StrAppend(&text, "\n");
  if (!absl::StartsWith(text, kFirstLine)) return text;
  for (size_t i = 1; i < kLines && std::getline(in, line); ++i) absl::StrAppend(&text, line, "\n");
  WipeString(line);
  return text;
}

}  // namespace

absl::StatusOr<Invitation> Invitation::Parse(absl::string_view text) {
  Invitation invitation;
  if (!absl::StartsWith(text, kFirstLine)) {
    ACCORD_ASSIGN_OR_RETURN(invitation.token, EnrolmentToken::Parse(absl::StripAsciiWhitespace(text)));
    return invitation;
  }
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (text.size() > kMaxInvitationBytes || lines.size() != kLines + 1) return NotAnInvitation();
  absl::string_view identity = lines[1], coordinator = lines[2], until = lines[3], token = lines[4];
  if (!absl::ConsumePrefix(&identity, "for: ") || !absl::ConsumePrefix(&coordinator, "coordinator: ") ||
      !absl::ConsumePrefix(&until, "until: ") || !absl::ConsumePrefix(&token, "token: ") || !IsReadable(identity) ||
      !IsReadable(coordinator)) {
    return NotAnInvitation();
  }
  const auto time = ParseUtc(until);
  if (!time.ok()) return NotAnInvitation();
  invitation.identity = std::string(identity);
  invitation.coordinator = std::string(coordinator);
  invitation.until = *time;
  ACCORD_ASSIGN_OR_RETURN(invitation.token, EnrolmentToken::Parse(token));
  // One invitation has one spelling.
  if (invitation.Text().RevealAsText() != text) return NotAnInvitation();
  return invitation;
}

SecretBytes Invitation::Text() const {
  const SecretBytes secret = token.Text();
  if (identity.empty()) return Concatenated("", secret);
  return Concatenated(absl::StrCat(kFirstLine, "\nfor: ", identity, "\ncoordinator: ", coordinator,
                                   "\nuntil: ", FormatUtc(until), "\ntoken: "),
                      secret);
}

absl::StatusOr<Invitation> ReadInvitation(const InvitationSource& source, std::istream& in, absl::string_view role) {
  if (source.text.empty() == source.file.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "give the token once: --token-file FILE (an invitation, or a token), --token - (standard input) or --token "
        "TOKEN; whoever runs the coordinator makes one with `accord-coordinator invite` or `accord-coordinator token ",
        role, " NAME`"));
  }
  std::string text = source.text;
  if (source.text == "-") {
    text = ReadLines(in);
  } else if (!source.file.empty()) {
    ACCORD_ASSIGN_OR_RETURN(text, ReadFile(source.file, kMaxInvitationBytes));
  }
  auto invitation = Invitation::Parse(text);
  WipeString(text);
  if (!invitation.ok()) {
    return source.file.empty() ? invitation.status() : Annotate(invitation.status(), source.file);
  }
  if (!invitation->identity.empty() && !absl::StartsWith(invitation->identity, absl::StrCat(role, "/"))) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.file.empty() ? "the invitation" : source.file, " is for ", invitation->identity,
                     ", and this makes a ", role, "'s key: nothing was sent, and the invitation stays good. ",
                     role == "site" ? "A person logs in with `accord login --token-file FILE`"
                                    : "A site enrols with `accord-client enroll --token-file FILE`"));
  }
  return invitation;
}

}  // namespace accord
