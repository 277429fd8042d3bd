// An invitation as whoever is invited has it from a mail, or from a stick.
#include "trust/identity/invitation.h"

#include <string>
#include <vector>

#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::invitation {

std::vector<std::string> Seeds() {
  Invitation invitation;
  invitation.token = *EnrolmentToken::Make(Sha256("a certificate authority"));
  const std::string token(invitation.Text().RevealAsText());
  invitation.identity = "site/cleveland";
  invitation.coordinator = "accord.example.org:7443";
  invitation.until = absl::FromUnixSeconds(1'800'000'000);
  return {std::string(invitation.Text().RevealAsText()), token};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<Invitation> read = Invitation::Parse(bytes);
  if (!read.ok()) return false;
  if (!read->identity.empty()) Require(read->Text().RevealAsText() == bytes, "an invitation has one spelling");
  return true;
}

const FuzzTarget kTarget("invitation", &Seeds, &Take);

}  // namespace accord::fuzz::invitation
