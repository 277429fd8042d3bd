// Which text a site's policy is, with the signatures of people of its organisation, as a file that they mail to each
// other.
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/charter/policy_statement.h"
#include "trust/identity/key_pair.h"

namespace accord::fuzz::signed_policy {
namespace {

// With signatures of so many people.
std::string ExamplePolicy(const std::optional<Sha256Digest>& policy, int signatures) {
  const PolicyStatement statement = {.charter = "network",
                                     .site = "site-a",
                                     .organisation = "Clinic A",
                                     .policy = policy,
                                     .time = absl::FromUnixSeconds(1'800'000'000)};
  SignedPolicy signed_policy;
  signed_policy.bytes = WritePolicyStatement(statement).value();
  const KeyPairSigner key = KeyPairSigner::Create(*KeyPair::Generate()).value();
  for (const char* person : {"person/ada", "person/emil"}) {
    if (signatures-- > 0) Require(signed_policy.Sign(person, key).ok(), "a person may sign");
  }
  return signed_policy.Text();
}

}  // namespace

std::vector<std::string> Seeds() {
  return {ExamplePolicy(PolicyTextHash("floors: {min_rows: 60}\n"), 2), ExamplePolicy(std::nullopt, 1),
          ExamplePolicy(std::nullopt, 0)};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<SignedPolicy> signed_policy = SignedPolicy::Parse(bytes);
  if (!signed_policy.ok()) return false;
  Require(signed_policy->Text() == bytes, "a signed policy has one spelling");
  const auto statement = ParsePolicyStatement(signed_policy->bytes);
  Require(statement.ok(), "what was taken holds a statement");
  Require(WritePolicyStatement(*statement).value() == signed_policy->bytes, "a policy's statement has one spelling");
  return true;
}

const FuzzTarget kTarget("signed_policy", &Seeds, &Take);

}  // namespace accord::fuzz::signed_policy
