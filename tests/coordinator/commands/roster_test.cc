// `accord-coordinator token ... --organisation` and `accord-coordinator roster ...`
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "coordinator/commands/commands.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/identity/enrolment_token.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kToday = absl::FromUnixSeconds(1'700'000'000);

class RosterCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    ::testing::internal::CaptureStdout();
    const absl::Status made = RunInit({folder_.Path("coordinator"), {}, "127.0.0.1:0"});
    ::testing::internal::GetCapturedStdout();
    ASSERT_TRUE(made.ok()) << made;
    options_.config = folder_.Path("coordinator/coordinator.yaml");
    options_.out = folder_.Path("roster.txt");
    options_.files = {options_.out};
  }

  // The token that the command prints.
  absl::StatusOr<std::string> Token(const std::string& identity, const std::string& organisation) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const absl::Status status = RunToken({options_.config, identity, organisation, absl::Hours(1)});
    ::testing::internal::GetCapturedStderr();
    std::string text = ::testing::internal::GetCapturedStdout();
    if (!status.ok()) return status;
    text.pop_back();
    return text;
  }

  // As the enrolment service does, with a key of `sites`.
  void Enrol(const ExampleSites& sites, const std::string& site, const std::string& organisation) {
    const auto text = Token("site/" + site, organisation);
    ASSERT_TRUE(text.ok()) << text.status();
    const auto token = EnrolmentToken::Parse(*text);
    ASSERT_TRUE(token.ok()) << token.status();
    const auto issue = [&](const std::string&) -> absl::StatusOr<std::string> {
      return sites.signer(site).public_key_der();
    };
    auto database = OpenDatabase();
    auto log = FederationLog::Open(folder_.Path("coordinator/state"), *database);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ(*Members(*database, log->get()).RedeemToken(token->SecretHash(), absl::Now(), issue), "site/" + site);
  }
  void EnrolAll(const ExampleSites& sites) {
    for (const RosterEntry& site : sites.entries()) Enrol(sites, site.site, site.organisation);
  }

  std::unique_ptr<Database> OpenDatabase() { return *Database::Open(DatabasePath(folder_.Path("coordinator/state"))); }
  absl::Status Run(absl::Status (*command)(const RosterOptions&, std::ostream&)) {
    out_.str("");
    return command(options_, out_);
  }
  absl::Status Draft() { return Run(DraftRoster); }
  absl::Status Publish() { return Run(PublishRoster); }
  absl::Status Show() { return Run(ShowPublishedRoster); }
  std::string Output() const { return out_.str(); }
  SignedRoster Drafted() {
    auto roster = SignedRoster::Parse(*ReadFile(options_.out));
    EXPECT_TRUE(roster.ok()) << roster.status();
    return *std::move(roster);
  }
  void Write(const std::string& path, const SignedRoster& roster) {
    EXPECT_TRUE(WriteFileAtomically(path, roster.Text()).ok());
  }

  TemporaryFolder folder_;
  RosterOptions options_;
  std::ostringstream out_;
};

TEST_F(RosterCommands, DraftListsEnrolledSitesWithOrganisationAndKey) {
  const ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  options_.federation = "Heart Federation";
  ASSERT_TRUE(Draft().ok());
  const Roster drafted = *Drafted().roster();
  EXPECT_EQ(drafted.terms().sites, sites.Listed().terms().sites);
  EXPECT_EQ(drafted.version(), 1u);
  EXPECT_EQ(drafted.quorum(), 3u);
  EXPECT_GT(drafted.valid_until(), absl::Now() + absl::Hours(24 * 179));
  EXPECT_EQ(Drafted().Examine().missing.size(), 4u);
  EXPECT_THAT(Output(), HasSubstr("cleveland of Cleveland Clinic, has not signed"));
  EXPECT_THAT(Output(), HasSubstr("accord-client roster sign"));
}

TEST_F(RosterCommands, AnOrganisationThatIsNotSaidIsTheSitesId) {
  ExampleSites sites;
  sites.Add("basel", "basel");
  Enrol(sites, "basel", "");
  ASSERT_TRUE(Draft().ok());
  EXPECT_EQ(Drafted().roster()->Find("basel")->organisation, "basel");
  EXPECT_EQ(Drafted().roster()->federation(), "Accord federation");
}

TEST_F(RosterCommands, TokenRefusesAnOrganisationThatNoRosterCouldName) {
  EXPECT_THAT(std::string(Token("site/basel", "a | key: b").status().message()),
              HasSubstr("--organisation: has a '|'"));
  EXPECT_FALSE(Token("site/basel", "a\nb").ok());
  EXPECT_FALSE(Token("site/basel", std::string(129, 'x')).ok());
  EXPECT_THAT(std::string(Token("person/ada", "Clinic").status().message()), HasSubstr("for a site's token"));
  EXPECT_TRUE(Token("person/ada", "").ok());
}

TEST_F(RosterCommands, DraftTakesTheSitesThatAreNamed) {
  EnrolAll(FourHospitals());
  options_.sites = {"va", "cleveland"};
  ASSERT_TRUE(Draft().ok());
  EXPECT_EQ(Drafted().roster()->sites().size(), 2u);
  options_.sites = {"va", "basel", "bern"};
  const absl::Status unknown = Draft();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::string(unknown.message()), "not enrolled: basel, bern");
}

TEST_F(RosterCommands, ASiteThatEnrolsAnewIsDraftedWithItsNewKey) {
  ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  ExampleSites anew;
  anew.Add("va", "V.A. Medical Center");
  Enrol(anew, "va", "V.A. Medical Center Long Beach");
  ASSERT_TRUE(Draft().ok());
  EXPECT_EQ(Drafted().roster()->Find("va")->public_key_der, anew.signer("va").public_key_der());
  EXPECT_EQ(Drafted().roster()->Find("va")->organisation, "V.A. Medical Center Long Beach");
}

TEST_F(RosterCommands, DraftListsNoSiteThatIsShutOut) {
  ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  std::ostringstream said;
  ASSERT_TRUE(RunRevoke({options_.config, "site/va", "its laptop was stolen"}, said).ok());
  ASSERT_TRUE(Draft().ok());
  EXPECT_EQ(Drafted().roster()->Find("va"), nullptr);
  EXPECT_EQ(Drafted().roster()->sites().size(), 3u);
  EXPECT_THAT(Output(), HasSubstr("revoke: va"));
  options_.sites = {"va", "cleveland"};
  EXPECT_THAT(std::string(Draft().message()), HasSubstr("shut out (accord-coordinator revoke): va."));
  ExampleSites anew;
  anew.Add("va", "V.A. Medical Center");
  Enrol(anew, "va", "V.A. Medical Center");
  EXPECT_TRUE(Draft().ok());
}

TEST_F(RosterCommands, DraftSaysWhoseKeyIsNotOnRecord) {
  EnrolAll(FourHospitals());
  // Enrolled under a version that kept no keys.
  ASSERT_TRUE(Members(*OpenDatabase()).RecordSiteSeen("old", {}, kToday).ok());
  const absl::Status drafted = Draft();
  EXPECT_EQ(drafted.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(drafted.message()), HasSubstr("no key is on record of old:"));
}

TEST_F(RosterCommands, DraftOfNobodySaysWhatToDo) {
  EXPECT_THAT(std::string(Draft().message()), HasSubstr("no site is enrolled yet"));
  EXPECT_THAT(std::string(Show().message()), HasSubstr("roster draft begins one"));
}

TEST_F(RosterCommands, PublishPutsInForceWhatAllHaveSigned) {
  const ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  options_.federation = "Heart Federation";
  ASSERT_TRUE(Draft().ok());
  EXPECT_THAT(std::string(Publish().message()), HasSubstr("no signature of cleveland, hungarian, switzerland, va"));
  Write(options_.out, sites.SignedByAll());
  ASSERT_TRUE(Publish().ok());
  EXPECT_THAT(Output(), HasSubstr("in force: Heart Federation, 4 sites of 4 organisations"));
  EXPECT_THAT(Output(), Not(HasSubstr("warning")));
  ASSERT_TRUE(Show().ok());
  EXPECT_THAT(Output(), HasSubstr("All have signed."));
  // The next draft bears the same name.
  options_.federation = "";
  ASSERT_TRUE(Draft().ok());
  EXPECT_EQ(Drafted().roster()->federation(), "Heart Federation");
}

TEST_F(RosterCommands, TheNextDraftFollowsTheOneInForceAndSaysWhoMustSign) {
  ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  options_.federation = "Heart Federation";
  ASSERT_TRUE(Draft().ok());
  SignedRoster first = Drafted();
  for (const RosterEntry& site : sites.entries()) ASSERT_TRUE(first.Sign(site.site, sites.signer(site.site)).ok());
  Write(options_.out, first);
  ASSERT_TRUE(Publish().ok());
  options_.revoked_sites = {"va=its laptop was stolen"};
  ASSERT_TRUE(Draft().ok());
  SignedRoster next = Drafted();
  EXPECT_EQ(next.roster()->version(), 2u);
  EXPECT_NE(next.roster()->ShutOut("va"), nullptr);
  EXPECT_THAT(Output(), HasSubstr("the key of site va is REVOKED: its laptop was stolen"));
  EXPECT_THAT(std::string(Publish().message()), HasSubstr("and 0 did"));
  for (const char* site : {"cleveland", "hungarian"}) ASSERT_TRUE(next.Sign(site, sites.signer(site)).ok());
  Write(options_.out, next);
  EXPECT_THAT(std::string(Publish().message()), HasSubstr("and 2 did"));
  ASSERT_TRUE(Run(RosterStatus).ok());
  EXPECT_THAT(Output(), HasSubstr("Still to sign, 1 of: Universitätsspital Zürich"));
  ASSERT_TRUE(next.Sign("switzerland", sites.signer("switzerland")).ok());
  Write(options_.out, next);
  ASSERT_TRUE(Publish().ok());
  ASSERT_TRUE(Show().ok());
  EXPECT_THAT(Output(), HasSubstr("It holds"));
  // Still enrolled with the stolen key, the site does not come back.
  options_.revoked_sites.clear();
  ASSERT_TRUE(Draft().ok());
  EXPECT_EQ(Drafted().roster()->version(), 3u);
  EXPECT_EQ(Drafted().roster()->Find("va"), nullptr);
}

TEST_F(RosterCommands, PublishMergesFilesThatSitesSignedApart) {
  const ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  options_.files.clear();
  for (const RosterEntry& site : sites.entries()) {
    SignedRoster roster = sites.Draft();
    ASSERT_TRUE(roster.Sign(site.site, sites.signer(site.site)).ok());
    options_.files.push_back(folder_.Path(site.site));
    Write(options_.files.back(), roster);
  }
  ASSERT_TRUE(Publish().ok());
  options_.files.push_back(folder_.Path("other"));
  Write(options_.files.back(), FourHospitals().SignedByAll());
  EXPECT_THAT(std::string(Publish().message()), HasSubstr("about two rosters"));
}

TEST_F(RosterCommands, PublishWarnsOfASiteWhoseKeyHasChanged) {
  const ExampleSites sites = FourHospitals();
  EnrolAll(sites);
  ExampleSites anew;
  anew.Add("va", "V.A. Medical Center");
  Enrol(anew, "va", "V.A. Medical Center");
  Write(options_.out, sites.SignedByAll());
  ASSERT_TRUE(Publish().ok());
  EXPECT_THAT(Output(), HasSubstr("warning: site va has enrolled anew"));
  EXPECT_THAT(Output(), Not(HasSubstr("site cleveland has")));
}

TEST_F(RosterCommands, PublishRefusesAFileThatIsNoRosterAndKeepsTheOneInForce) {
  const ExampleSites sites = FourHospitals();
  Write(options_.out, sites.SignedByAll());
  ASSERT_TRUE(Publish().ok());
  ASSERT_TRUE(WriteFileAtomically(options_.out, "hello\n").ok());
  EXPECT_THAT(std::string(Publish().message()), HasSubstr("roster.txt: the roster's first line"));
  options_.files = {folder_.Path("none")};
  EXPECT_EQ(Publish().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Show().ok());
  EXPECT_THAT(Output(), HasSubstr(HexDigest(sites.Listed().hash())));
}

}  // namespace
}  // namespace accord
