// `accord audit verify --posture`: which data a model was made of, by files alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/provenance/example_provenance.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/charter/posture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AuditLineage : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    sites_.Add("north", "Hospital North");
    sites_.Add("south", "South & Sons");
    WriteFile("roster.txt", sites_.SignedByAll().Text());
    WriteFile("job.order", example_.order().Text());
    for (ProvenanceRound& round : example_.statement().rounds) {
      round.postures = {PostureHash(Said("north")), PostureHash(Said("south"))};
    }
    WriteFile("model.provenance.json", example_.File().Write());
  }

  std::string Said(const std::string& site, const std::string& version = "version") const {
    Posture posture;
    posture.site = site;
    posture.charter = Sha256("a charter");
    posture.order = JobOrderHash(example_.order().bytes);
    posture.data_set = "heart";
    posture.data_version = Sha256(version);
    posture.software = "0.9.0";
    posture.time = absl::FromUnixSeconds(1'700'000'000);
    posture.nonce = std::string(32, '0');
    return WritePosture(posture).value();
  }
  std::string Signed(const std::string& bytes, const std::string& by) {
    return WriteFile(by + ".posture", SignedStatement::Sign(bytes, kPostureDomain, sites_.signer(by))->Text());
  }
  ExitCode Verify(const std::vector<std::string>& postures, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"audit",           "verify",           Path("model.provenance.json"),
                                      "--roster",        Path("roster.txt"), "--order",
                                      Path("job.order"), "--posture"};
    words.insert(words.end(), postures.begin(), postures.end());
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }

  ExampleSites sites_;
  ExampleProvenance example_{"a model", "job-1", "the job", /*is_governed=*/true};
};

TEST_F(AuditLineage, TellsWhichVersionOfWhichDataSetWentIntoWhichRounds) {
  EXPECT_EQ(Verify({Signed(Said("north"), "north")}), kExitOk) << Output() << Errors();
  EXPECT_THAT(Output(), HasSubstr("north: data set heart, version " + Sha256Hex("version") + ", in train 1, train 2"));
  EXPECT_THAT(Output(), HasSubstr("commitments that stay closed: south 1"));
  EXPECT_THAT(Output(), HasSubstr("which commitment a site gave"));
  EXPECT_EQ(Verify({Signed(Said("north"), "north"), Signed(Said("south"), "south")}, {"--json"}), kExitOk) << Errors();
  const auto lineage = nlohmann::json::parse(Output())["lineage"];
  ASSERT_EQ(lineage["opened"].size(), 2u);
  EXPECT_EQ(lineage["opened"][1]["site"], "south");
  EXPECT_EQ(lineage["opened"][1]["data_version"], Sha256Hex("version"));
  EXPECT_EQ(lineage["opened"][1]["log_entries"].size(), 2u);
  EXPECT_EQ(lineage["closed"].size(), 0u);
}

TEST_F(AuditLineage, SaysThatCommitmentsStayClosedWhereNoPostureIsShown) {
  EXPECT_EQ(Run({"audit", "verify", Path("model.provenance.json")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("--posture opens what they signed"), Not(HasSubstr("as the sites signed"))));
}

// One that is wrong is named, and the other one still counts.
TEST_F(AuditLineage, AForgedOrUnknownPostureIsWrong) {
  const std::string north = Signed(Said("north"), "north");
  EXPECT_EQ(Verify({north, Signed(Said("north"), "south")}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("south.posture is not signed with the key that the roster lists for site north"));
  EXPECT_THAT(Output(), HasSubstr("north: data set heart"));
  EXPECT_EQ(Verify({north, Signed(Said("south", "another"), "south")}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("no sum lists its commitment"));
  EXPECT_THAT(Output(), HasSubstr("The provenance does NOT hold."));
  WriteFile("north.posture", absl::StrReplaceAll(ReadBack("north.posture"), {{"sandbox: required", "sandbox: off"}}));
  EXPECT_EQ(Verify({north}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG: "));
}

TEST_F(AuditLineage, NeedsTheOrderOfTheLogAndTheRoster) {
  const std::string north = Signed(Said("north"), "north");
  EXPECT_EQ(Run({"audit", "verify", Path("model.provenance.json"), "--posture", north}), kExitUsage);
  EXPECT_EQ(Run({"audit", "verify", Path("model.provenance.json"), "--roster", Path("roster.txt")}), kExitUsage);
  const ExampleProvenance other("a model", "job-1", "the job", /*is_governed=*/true);
  WriteFile("job.order", other.order().Text());
  EXPECT_EQ(Verify({north}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("the order by which the job ran has"));
}

}  // namespace
}  // namespace accord
