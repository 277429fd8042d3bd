// A newcomer's certificate request, as the coordinator's authority reads it. The only bytes that somebody without a
// certificate can send.
#include <string>
#include <vector>

#include "tests/fuzz/support/fixed_keys.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/identity/granted_identity.h"

namespace accord::fuzz::certificate_request {

std::vector<std::string> Seeds() { return {FixedKey().MakeRequest("site-a").value()}; }

bool Take(absl::string_view bytes) {
  const auto certificate = FixedAuthority().IssueIdentity(bytes, "site/site-a", kFixedNow, absl::Hours(24));
  if (!certificate.ok()) return false;
  const auto facts = ReadCertificate(*certificate);
  Require(facts.ok() && facts->identity == "site/site-a", "the authority decides the identity, not the request");
  return true;
}

const FuzzTarget kTarget("certificate_request", &Seeds, &Take);

}  // namespace accord::fuzz::certificate_request
