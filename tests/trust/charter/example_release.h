// Releases of the example federation: emil is steward of the Cleveland Clinic, whose site is cleveland.
#pragma once

#include <string>

#include "base/hash.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/release.h"
#include "trust/charter/signed_statement.h"

namespace accord {

inline Release ReleaseOfHeart(const Charter& charter) {
  Release release;
  release.charter = charter.hash();
  release.site = "cleveland";
  release.organisation = "Cleveland Clinic";
  release.data_set = "heart";
  release.version = Sha256("the version");
  release.purposes = {"risk-of-disease"};
  release.steward = "emil";
  release.time = At("2027-02-20T00:00:00Z");
  release.expires = At("2027-08-20T00:00:00Z");
  return release;
}

inline SignedStatement SignedRelease(const ExampleFederation& federation, const Release& release,
                                     const std::string& key = "emil") {
  const auto bytes = WriteRelease(release);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return *SignedStatement::Sign(bytes.value_or(""), kReleaseDomain, federation.person(key));
}

}  // namespace accord
