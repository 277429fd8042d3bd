#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/aggregation/secure/evidence/example_attempt.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using secure::EvidenceBuilder;
using secure::EvidenceKind;
using secure::ExampleAttempt;
using secure::UploadHeader;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

std::string TwoUploads() {
  const ExampleAttempt attempt;
  UploadHeader second = attempt.Header("site-b");
  second.payload_digest = secure::Filled(1);
  second.ledger_sequence = 22;
  return EvidenceBuilder(EvidenceKind::kTwoUploads)
      .Add("site-b", attempt.Header("site-b"))
      .Add("site-b", second)
      .Write();
}

std::string HonestUpload() {
  const ExampleAttempt attempt;
  return EvidenceBuilder(EvidenceKind::kTwoUploads).Add("site-b", attempt.Header("site-b")).Write();
}

class AuditEvidence : public CliTest {};

TEST_F(AuditEvidence, SaysWhoIsConvictedOfWhatWithoutALogin) {
  EXPECT_EQ(Run({"audit", "evidence", WriteFile("e", TwoUploads())}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("CONVICTS site-b (two-uploads)"));
  EXPECT_THAT(Output(), HasSubstr("Does not prove: That it was the site's operator"));
  EXPECT_THAT(Output(), HasSubstr("site-b signed an upload for attempt 5 (round 2) of job job-1"));
  EXPECT_THAT(Output(), HasSubstr("The file shows what it says it shows."));
}

TEST_F(AuditEvidence, EndsWithOneWhenTheFileDoesNotShowWhatItSays) {
  EXPECT_EQ(Run({"audit", "evidence", WriteFile("e", HonestUpload())}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("does NOT show"));
  EXPECT_THAT(Output(), Not(HasSubstr("CONVICTS")));
}

TEST_F(AuditEvidence, GivesTheSameAsJson) {
  EXPECT_EQ(Run({"audit", "evidence", WriteFile("e", TwoUploads()), "--json"}), kExitOk);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["kind"], "two-uploads");
  EXPECT_EQ(verdict["claim_holds"], true);
  EXPECT_EQ(verdict["witness"], "site-a");
  EXPECT_EQ(verdict["federation"], "Test federation");
  ASSERT_EQ(verdict["findings"].size(), 1u);
  EXPECT_EQ(verdict["findings"][0]["weight"], "convicts");
  EXPECT_EQ(verdict["findings"][0]["sites"], Json::array({"site-b"}));
  EXPECT_EQ(verdict["signed_messages"].size(), 2u);
  EXPECT_EQ(verdict["warnings"], Json::array());
}

TEST_F(AuditEvidence, RefusesAnotherRosterThanTheTrustedOne) {
  const std::string file = WriteFile("e", TwoUploads());
  const std::string hash = HexDigest(Roster::Parse(secure::ExampleRosterBytes())->hash());
  EXPECT_EQ(Run({"audit", "evidence", file, "--roster-hash", hash}), kExitOk) << Errors();
  EXPECT_EQ(Run({"audit", "evidence", file, "--roster-hash", std::string(64, '0')}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("not the one that you trust"));
  EXPECT_EQ(Run({"audit", "evidence", file, "--roster-hash", "12"}), kExitFailed);
}

TEST_F(AuditEvidence, NamesTheLineThatItCannotRead) {
  EXPECT_EQ(Run({"audit", "evidence", WriteFile("e", "accord-evidence-v1\nkind: gossip\n")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("line 2: no such kind of evidence"));
  EXPECT_EQ(Run({"audit", "evidence", Path("missing")}), kExitFailed);
}

}  // namespace
}  // namespace accord
