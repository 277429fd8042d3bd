// A token as a newcomer pastes it and as the coordinator receives it.
#include "trust/identity/enrolment_token.h"

#include <string>
#include <vector>

#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::enrolment_token {

std::vector<std::string> Seeds() {
  const auto token = EnrolmentToken::Make(Sha256("a certificate authority"));
  return {std::string(token->Text().RevealAsText())};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<EnrolmentToken> token = EnrolmentToken::Parse(bytes);
  if (!token.ok()) {
    Require(token.status() == EnrolmentToken::Parse("").status(), "a refusal has the same words for every token");
    return false;
  }
  Require(token->Text().RevealAsText() == bytes, "a token has one spelling");
  token->SecretHash();
  return true;
}

const FuzzTarget kTarget("enrolment_token", &Seeds, &Take);

}  // namespace accord::fuzz::enrolment_token
