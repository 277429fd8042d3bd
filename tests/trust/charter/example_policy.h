// A site's policy that people of the Cleveland Clinic sign: ada and emil may, two of them must.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/policy_statement.h"

namespace accord {

inline constexpr char kPolicyOfCleveland[] = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n";

inline Replacements SignedPolicies(const std::string& clause = "{people: 2, roles: [engineer, steward]}") {
  return {{"\nretention:", absl::StrCat("\nsite_policies: ", clause, "\nretention:")}};
}

inline PolicyStatement PolicyOfCleveland() {
  return {.charter = "heart-network",
          .site = "cleveland",
          .organisation = "Cleveland Clinic",
          .policy = PolicyTextHash(kPolicyOfCleveland),
          .time = At("2027-02-25T00:00:00Z")};
}

inline SignedPolicy SignedBy(const ExampleFederation& federation, const PolicyStatement& statement,
                             const std::vector<std::string>& people) {
  SignedPolicy signed_policy;
  const auto bytes = WritePolicyStatement(statement);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  signed_policy.bytes = bytes.value_or("");
  for (const std::string& person : people) {
    EXPECT_TRUE(signed_policy.Sign(absl::StrCat("person/", person), federation.person(person)).ok());
  }
  return signed_policy;
}

}  // namespace accord
