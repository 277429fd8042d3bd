#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_replace.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/charter/posture.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class AuditPosture : public CliTest {
 protected:
  static std::string Bytes() {
    Posture posture;
    posture.site = "va";
    posture.charter = Sha256("charter");
    posture.order = Sha256("order");
    posture.data_set = "heart";
    posture.data_version = Sha256("version");
    posture.software = "0.9.0";
    posture.time = absl::FromUnixSeconds(1'800'000'000);
    posture.nonce = std::string(32, '0');
    return WritePosture(posture).value();
  }
  std::string Signed(const Signer& signer) {
    return WriteFile("a.posture", SignedStatement::Sign(Bytes(), kPostureDomain, signer)->Text());
  }
  std::string Roster() { return WriteFile("roster.txt", sites_.SignedByAll().Text()); }

  const ExampleSites sites_ = FourHospitals();
};

TEST_F(AuditPosture, TellsWhatASiteSaidOfItselfAndOpensItsCommitment) {
  const std::string commitment = HexDigest(PostureHash(Bytes()));
  EXPECT_EQ(Run({"audit", "posture", Signed(sites_.signer("va")), "--roster", Roster(), "--commitment", commitment}),
            kExitOk)
      << Errors();
  EXPECT_THAT(Output(), HasSubstr("in its sandbox"));
  EXPECT_THAT(Output(), HasSubstr("not declared as encrypted"));
  EXPECT_THAT(Output(), HasSubstr("Does not prove: that the machine was so"));
}

TEST_F(AuditPosture, OfAnotherKeyCommitmentOrByteIsOfNoWorth) {
  EXPECT_NE(Run({"audit", "posture", Signed(sites_.signer("cleveland")), "--roster", Roster()}), kExitOk);
  EXPECT_THAT(Errors(), HasSubstr("is not signed with the key that the roster lists for site va"));
  const std::string good = Signed(sites_.signer("va"));
  EXPECT_NE(Run({"audit", "posture", good, "--roster", Roster(), "--commitment", Sha256Hex("another")}), kExitOk);
  EXPECT_THAT(Errors(), HasSubstr("does not open the commitment"));
  WriteFile("a.posture", absl::StrReplaceAll(ReadBack("a.posture"), {{"sandbox: required", "sandbox: off"}}));
  EXPECT_NE(Run({"audit", "posture", good, "--roster", Roster()}), kExitOk);
}

TEST_F(AuditPosture, GivesTheSameAsJson) {
  EXPECT_EQ(Run({"audit", "posture", Signed(sites_.signer("va")), "--roster", Roster(), "--json"}), kExitOk)
      << Errors();
  EXPECT_EQ(nlohmann::json::parse(Output())["data_version"], Sha256Hex("version"));
}

}  // namespace
}  // namespace accord
