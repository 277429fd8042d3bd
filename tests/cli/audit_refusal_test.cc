#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_replace.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/charter/refusal_statement.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class AuditRefusal : public CliTest {
 protected:
  static std::string Refusal(const Signer& signer) {
    RefusalStatement refusal;
    refusal.site = "va";
    refusal.charter = Sha256("charter");
    refusal.job_id = "7f3a5d90c1e2b486";
    refusal.time = absl::FromUnixSeconds(1'800'000'000);
    refusal.for_good = true;
    refusal.reasons = {"person/clara refused this order"};
    return SignedStatement::Sign(*WriteRefusalStatement(refusal), kRefusalDomain, signer)->Text();
  }
  std::string Roster() { return WriteFile("roster.txt", sites_.SignedByAll().Text()); }

  const ExampleSites sites_ = FourHospitals();
};

TEST_F(AuditRefusal, TellsWhatASiteSignedUnderTheRoster) {
  const std::string file = WriteFile("a.refusal", Refusal(sites_.signer("va")));
  EXPECT_EQ(Run({"audit", "refusal", file, "--roster", Roster()}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("Site va signed"));
  EXPECT_THAT(Output(), HasSubstr("because person/clara refused this order"));
  EXPECT_THAT(Output(), HasSubstr("Does not prove: that the coordinator asked"));
}

TEST_F(AuditRefusal, OfAnotherKeyOrWithAChangedByteIsOfNoWorth) {
  std::string file = WriteFile("a.refusal", Refusal(sites_.signer("cleveland")));
  EXPECT_NE(Run({"audit", "refusal", file, "--roster", Roster()}), kExitOk);
  EXPECT_THAT(Errors(), HasSubstr("is not signed with the key that the roster lists for site va"));
  file = WriteFile("b.refusal", absl::StrReplaceAll(Refusal(sites_.signer("va")), {{"for good: yes", "for good: no"}}));
  EXPECT_NE(Run({"audit", "refusal", file, "--roster", Roster()}), kExitOk);
}

TEST_F(AuditRefusal, GivesTheSameAsJson) {
  const std::string file = WriteFile("a.refusal", Refusal(sites_.signer("va")));
  EXPECT_EQ(Run({"audit", "refusal", file, "--roster", Roster(), "--json"}), kExitOk) << Errors();
  const nlohmann::json refusal = nlohmann::json::parse(Output());
  EXPECT_EQ(refusal["for_good"], true);
  EXPECT_EQ(refusal["order"], "none");
}

}  // namespace
}  // namespace accord
