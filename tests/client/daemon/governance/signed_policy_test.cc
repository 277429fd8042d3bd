// A site's policy under a charter that asks for two signatures: what one person changes at the site stops every job.
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/hash.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/policy_store.h"
#include "client/daemon/governance/posture_file.h"
#include "client/daemon/run/charter_commands.h"
#include "client/daemon/run/charter_finding.h"
#include "client/daemon/run/order_commands.h"
#include "client/daemon/run/policy_command.h"
#include "client/daemon/run/running_rules.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validation/config_validation.h"
#include "tests/client/daemon/governance/governed_site.h"
#include "trust/charter/policy_statement.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kTight[] = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\nfloors: {min_rows: 90}\n";
constexpr char kLooser[] = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\nfloors: {min_rows: 60}\n";

// dora and fritz of the site's organisation may sign.
Replacements TwoSign() {
  return {{"secure_sum: true", "secure_sum: false"},
          {"roles: [auditor]", "roles: [auditor, operator]"},
          {"roles: [ombudsman]", "roles: [ombudsman, steward]"},
          {"\nretention:", "\nsite_policies: {people: 2, roles: [operator, steward]}\nretention:"}};
}

class PolicyOfTwo : public ::testing::Test {
 protected:
  PolicyOfTwo() : site_(TwoSign()) {}

  SignedPolicy Signed(const std::optional<std::string>& text,
                      const std::vector<std::string>& people = {"dora", "fritz"},
                      const std::string& time = "2027-02-25T00:00:00Z") const {
    PolicyStatement statement;
    statement.charter = "heart-network";
    statement.site = "va";
    statement.organisation = "V.A. Medical Center";
    if (text.has_value()) statement.policy = PolicyTextHash(*text);
    statement.time = At(time);
    SignedPolicy signed_policy;
    signed_policy.bytes = WritePolicyStatement(statement).value();
    for (const std::string& person : people) {
      EXPECT_TRUE(signed_policy.Sign("person/" + person, site_.federation().person(person)).ok());
    }
    return signed_policy;
  }
  // A client.yaml of the site, with this line more.
  std::string ConfigWith(const std::string& line) const {
    const std::string config = site_.folder().Path("client.yaml");
    EXPECT_TRUE(WriteFileAtomically(config, absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: ",
                                                         site_.State().path(), "\n", line, "\n"))
                    .ok());
    return config;
  }
  // Of a policy with this text that both signed long before this machine's clock.
  std::string FileOf(const std::optional<std::string>& text) const {
    const std::string file = site_.folder().Path("va.policy");
    EXPECT_TRUE(WriteFileAtomically(file, Signed(text, {"dora", "fritz"}, "2026-01-01T00:00:00Z").Text()).ok());
    return file;
  }
  PolicyStore Store() const { return PolicyStore(site_.State().PolicyFolder()); }
  absl::Status Keep(const SignedPolicy& signed_policy) const {
    return Store()
        .Keep(site_.charter(), *site_.federation().Listed(), "va", signed_policy, site_.clock().Now())
        .status();
  }
  // Empty: jobs may run.
  std::string WhyNone() {
    PinnedCharter charter(site_.config(), site_.clock());
    if (is_daemon_) charter.KeepUnsignedTexts();
    return std::string(charter.Current().status().message());
  }

  mutable GovernedSite site_;
  bool is_daemon_ = true;  // else somebody who only looks
};

TEST_F(PolicyOfTwo, IsGoneByOnceBothHaveSigned) {
  EXPECT_EQ(WhyNone(), "") << "a site that never had one goes by the charter alone";
  site_.UsePolicy(kTight);
  EXPECT_THAT(WhyNone(), AllOf(HasSubstr("policy.yaml, is signed by nobody"), HasSubstr("site_policies (line"),
                               HasSubstr("asks for 2 people"), HasSubstr("accord-client policy take")));
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  EXPECT_EQ(WhyNone(), "");
  const auto rules = PinnedCharter(site_.config(), site_.clock()).Current();
  ASSERT_TRUE(rules.ok() && rules->policy != nullptr);
  EXPECT_EQ(rules->policy->rules().floors().min_rows(), 90u);
}

TEST_F(PolicyOfTwo, ThatOneOperatorEditsStopsEveryJobUntilTheChangeIsSigned) {
  site_.UsePolicy(kTight);
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  PinnedCharter charter(site_.config(), site_.clock());
  ASSERT_TRUE(charter.Current().ok());
  site_.UsePolicy(kLooser);  // within the charter
  EXPECT_THAT(std::string(charter.Current().status().message()),
              AllOf(HasSubstr("is not what the charter's site_policies (line"),
                    HasSubstr("let people sign: the policy "), HasSubstr("put that back, or have the change signed")));
  EXPECT_FALSE(charter.CheckPolicy().ok()) << "nor does the daemon start";
  EXPECT_THAT(charter.InWords(), HasSubstr("NO JOB RUNS HERE"));
  site_.UsePolicy(kTight);
  EXPECT_TRUE(charter.Current().ok()) << "put back";
  site_.UsePolicy(kLooser);
  EXPECT_EQ(Keep(Signed(kLooser, {"fritz"}, "2027-02-26T00:00:00Z")).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(charter.Current().ok());
  ASSERT_TRUE(Keep(Signed(kLooser, {"dora", "fritz"}, "2027-02-26T00:00:00Z")).ok());
  EXPECT_TRUE(charter.Current().ok());
}

TEST_F(PolicyOfTwo, IsNotTakenAwayByTheOperatorAlone) {
  site_.UsePolicy(kTight);
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  site_.config().clear_policy();
  EXPECT_THAT(WhyNone(), HasSubstr("that this site has no policy is not what"));
  ASSERT_TRUE(Keep(Signed(std::nullopt, {"dora", "fritz"}, "2027-02-26T00:00:00Z")).ok());
  EXPECT_EQ(WhyNone(), "");
  site_.UsePolicy(kTight);
  EXPECT_THAT(WhyNone(), AllOf(HasSubstr("policy.yaml, is not what"), HasSubstr("no policy any more at va")));
}

// Nor by taking away what was signed, nor in the moment between an amendment that asks for signatures and the first
// one.
TEST_F(PolicyOfTwo, IsNotDroppedWhereNothingSignedIsKept) {
  is_daemon_ = false;
  site_.UsePolicy(kLooser);
  EXPECT_THAT(WhyNone(), HasSubstr("is signed by nobody"));
  site_.config().clear_policy();
  EXPECT_EQ(WhyNone(), "") << "a draft that a command looked at binds nobody";
  is_daemon_ = true;
  site_.UsePolicy(kTight);
  EXPECT_THAT(WhyNone(), HasSubstr("is signed by nobody"));
  site_.config().clear_policy();
  EXPECT_THAT(WhyNone(), AllOf(HasSubstr("this site had a policy and has none now"),
                               HasSubstr("asks for 2 people: accord policy sign --none")));
  ASSERT_TRUE(Keep(Signed(std::nullopt, {"dora", "fritz"}, "2027-02-20T00:00:00Z")).ok());
  EXPECT_EQ(WhyNone(), "");
  ASSERT_TRUE(std::filesystem::remove(site_.State().PolicyFolder() + "/signed"));
  EXPECT_THAT(WhyNone(), HasSubstr("this site had a policy and has none now"));
  site_.UsePolicy(kTight);
  EXPECT_THAT(WhyNone(), HasSubstr("is signed by nobody"));
}

TEST_F(PolicyOfTwo, IsNotLeftBehindByForgettingTheCharter) {
  site_.UsePolicy(kTight);
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  EXPECT_THAT(WhyNone(), HasSubstr("people of this site's organisation signed its policy"));
  site_.config().clear_policy();
  EXPECT_THAT(WhyNone(), AllOf(HasSubstr("people of this site's organisation signed its policy"),
                               HasSubstr("accord-client charter pin FILE")));
  ASSERT_TRUE(WriteFileAtomically(site_.State().PolicyFolder() + "/signed", "damaged").ok());
  EXPECT_NE(WhyNone(), "");
  site_.UseCharter(TwoSign());
  ASSERT_TRUE(Keep(Signed(std::nullopt, {"dora", "fritz"}, "2027-02-26T00:00:00Z")).ok());
  EXPECT_EQ(WhyNone(), "") << "both have given it up";
}

TEST_F(PolicyOfTwo, OfEarlierIsNotTakenAgainNorOneOfTomorrow) {
  ASSERT_TRUE(Keep(Signed(kLooser, {"dora", "fritz"}, "2027-02-20T00:00:00Z")).ok());
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  const absl::Status earlier = Keep(Signed(kLooser, {"dora", "fritz"}, "2027-02-20T00:00:00Z"));
  EXPECT_THAT(std::string(earlier.message()), HasSubstr("only a later one replaces it"));
  EXPECT_FALSE(Keep(Signed(kLooser)).ok()) << "of the same second";
  EXPECT_TRUE(Keep(Signed(kTight)).ok()) << "the same one";
  const absl::Status tomorrow = Keep(Signed(kLooser, {"dora", "fritz"}, "2027-03-02T10:00:00Z"));
  EXPECT_THAT(std::string(tomorrow.message()), HasSubstr("set the clock and have it signed anew"));
  site_.UsePolicy(kTight);
  EXPECT_EQ(WhyNone(), "");
}

TEST_F(PolicyOfTwo, ThatWasTakenStaysAmongThoseThatWereWithItsText) {
  ASSERT_TRUE(Keep(Signed(kTight, {"dora", "fritz"}, "2027-02-20T00:00:00Z")).ok());
  ASSERT_TRUE(Keep(Signed(kLooser)).ok());
  EXPECT_FALSE(Keep(Signed(std::nullopt, {"dora"}, "2027-02-26T00:00:00Z")).ok()) << "by one alone: not taken";
  const std::vector<SignedPolicy> taken = Store().Taken();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(ParsePolicyStatement(taken[0].bytes)->policy, PolicyTextHash(kTight));
  EXPECT_EQ(ParsePolicyStatement(taken[1].bytes)->policy, PolicyTextHash(kLooser));
  EXPECT_EQ(taken[1].signatures.size(), 2u);
  ASSERT_TRUE(Store().KeepText(kTight).ok());
  EXPECT_EQ(ReadFile(absl::StrCat(site_.State().PolicyFolder(), "/texts/", HexDigest(PolicyTextHash(kTight)))).value(),
            kTight);
}

// So that a site can show, of any round, by which policy it went.
TEST_F(PolicyOfTwo, IsNamedByThePosture) {
  PostureFiles postures(site_.folder().Path("postures"), {.software = "0.9.0"}, site_.federation().sites().signer("va"),
                        EntropySource::System());
  const auto of_now = [&] {
    const auto rules = PinnedCharter(site_.config(), site_.clock()).Current();
    JobPermit permit;
    permit.charter = rules->charter;
    permit.policy = rules->policy;
    return postures.Now("va", "heart", permit, site_.clock().Now());
  };
  EXPECT_EQ(of_now().policy, std::nullopt);
  site_.UsePolicy(kTight);
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  const Posture posture = of_now();
  EXPECT_EQ(posture.policy, PolicyTextHash(kTight));
  const Sha256Digest said = postures.Say(posture).value();
  EXPECT_EQ(postures.Say(of_now()).value(), said);
  site_.UsePolicy(kLooser);
  ASSERT_TRUE(Keep(Signed(kLooser, {"dora", "fritz"}, "2027-02-26T00:00:00Z")).ok());
  EXPECT_NE(postures.Say(of_now()).value(), said) << "another policy is something else to say";
}

TEST_F(PolicyOfTwo, WhoseFileIsDamagedStopsEveryJob) {
  site_.UsePolicy(kTight);
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  const std::string path = site_.State().PolicyFolder() + "/signed";
  const std::string text = Signed(kTight).Text();
  for (const std::string& damaged : {std::string("nothing"), text.substr(0, text.size() / 2),
                                     absl::StrCat(text, "\xff"), std::string(1 << 20, 'a')}) {
    ASSERT_TRUE(WriteFileAtomically(path, damaged).ok());
    EXPECT_NE(WhyNone(), "");
  }
  ASSERT_TRUE(Keep(Signed(kTight)).ok()) << "taken again";
  EXPECT_EQ(WhyNone(), "");
}

TEST_F(PolicyOfTwo, IsHeldAgainstTheCharterThatIsPinnedNow) {
  site_.UsePolicy(kTight);
  ASSERT_TRUE(Keep(Signed(kTight)).ok());
  PinnedCharter charter(site_.config(), site_.clock());
  ASSERT_TRUE(charter.Current().ok());
  Replacements amended = TwoSign();
  amended[1].second = "roles: [auditor, lead]";  // fritz signs policies no more
  site_.UseCharter(amended);
  EXPECT_THAT(std::string(charter.Current().status().message()),
              HasSubstr("this site's policy holds no longer: the policy is signed by dora of those who may"));
  site_.UseCharter(TwoSign());
  EXPECT_TRUE(charter.Current().ok());
}

TEST_F(PolicyOfTwo, AsksForNothingUnderACharterWithoutTheClause) {
  site_.UseCharter(GovernedSite::kPlainSums);
  site_.UsePolicy(kTight);
  EXPECT_EQ(WhyNone(), "");
  EXPECT_THAT(std::string(Keep(Signed(kTight)).message()), HasSubstr("has no site_policies"));
}

TEST_F(PolicyOfTwo, IsNotTakenWhereTheConfigNamesAnotherTextOrNone) {
  site_.UsePolicy(kLooser);
  const std::string named = absl::StrCat("policy: ", site_.config().policy());
  const std::string signed_text = FileOf(kTight);
  std::ostringstream out;
  const absl::Status unnamed = TakePolicy({ConfigWith(""), signed_text, false}, out);
  EXPECT_THAT(
      std::string(unnamed.message()),
      AllOf(HasSubstr("nothing was taken"), HasSubstr("\npolicy: policy.yaml\n"), HasSubstr("restart the daemon")));
  const absl::Status other = TakePolicy({ConfigWith(named), signed_text, false}, out);
  EXPECT_THAT(std::string(other.message()),
              AllOf(HasSubstr("nothing was taken"), HasSubstr("is another text than was signed")));
  const absl::Status none = TakePolicy({ConfigWith(named), FileOf(std::nullopt), false}, out);
  EXPECT_THAT(std::string(none.message()),
              AllOf(HasSubstr("nothing was taken"), HasSubstr("take the line `policy` out")));
  ASSERT_TRUE(Store().Text().ok());
  EXPECT_FALSE(Store().Text()->has_value());
  site_.UsePolicy(kTight);
  EXPECT_TRUE(TakePolicy({ConfigWith(named), FileOf(kTight), false}, out).ok());
  EXPECT_TRUE(Store().Text()->has_value());
}

TEST_F(PolicyOfTwo, OfADaemonThatWasStartedWithoutItIsToldWhatToDo) {
  site_.UsePolicy(kTight);
  const std::string config = ConfigWith(absl::StrCat("policy: ", site_.config().policy()));
  v1::DaemonStatus daemon;
  daemon.set_policy("");
  daemon.set_rules_fault("it has no policy");
  // One daemon after the other, each of which says this of itself.
  std::unique_ptr<ControlServer> server;
  const auto start = [&] {
    server.reset();
    auto started = ControlServer::Start(site_.State().ControlSocket(), [daemon](const v1::ControlRequest&) {
      v1::ControlReply reply;
      *reply.mutable_status() = daemon;
      return reply;
    });
    ASSERT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
  };
  start();
  const auto restart = AllOf(HasSubstr("the daemon that runs was started without this site's policy, "),
                             HasSubstr("restart it"), HasSubstr("until then it refuses every job: it has no policy"));
  std::ostringstream out, shown;
  ASSERT_TRUE(TakePolicy({config, FileOf(kTight), false}, out).ok());
  EXPECT_THAT(out.str(), AllOf(HasSubstr("NOT YET: "), restart, ::testing::Not(HasSubstr("goes by it now"))));
  ASSERT_TRUE(ShowPolicy({config, "", false}, shown).ok());
  EXPECT_THAT(shown.str(), AllOf(HasSubstr("NOT YET: "), restart, ::testing::Not(HasSubstr("this site goes by it"))));
  const auto read = LoadSiteConfig(config);
  ASSERT_TRUE(read.ok()) << read.status();
  const auto finding = ExamineRunningRules(*read);
  ASSERT_TRUE(finding.has_value());
  EXPECT_EQ(finding->level, Finding::Level::kFault);
  EXPECT_THAT(finding->text, restart);
  // What people list and show of jobs.
  std::ostringstream jobs;
  OrderOptions listing;
  listing.config_path = config;
  ASSERT_TRUE(ListOrders(listing, jobs).ok());
  EXPECT_THAT(jobs.str(), AllOf(HasSubstr("NOT WHAT THE DAEMON GOES BY: "), restart));
  // Started anew.
  daemon.set_policy(site_.config().policy());
  daemon.clear_rules_fault();
  start();
  std::ostringstream again;
  ASSERT_TRUE(TakePolicy({config, FileOf(kTight), false}, again).ok());
  EXPECT_THAT(again.str(), HasSubstr("the daemon goes by it now"));
  EXPECT_FALSE(ExamineRunningRules(*read).has_value());
  // It read the config when it was started, whatever that says now.
  EXPECT_THAT(WhyDaemonDiffers(*LoadSiteConfig(ConfigWith("")), daemon, true), HasSubstr("and the config names none"));
  daemon.clear_policy();
  EXPECT_EQ(WhyDaemonDiffers(*read, daemon, true), "") << "of a version that does not say";
}

TEST_F(PolicyOfTwo, IsTakenAndShownInWords) {
  site_.UsePolicy(kTight);
  const std::string past = "2026-01-01T00:00:00Z";  // the command goes by this machine's clock
  const std::string config = site_.folder().Path("client.yaml");
  ASSERT_TRUE(
      WriteFileAtomically(config, absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: ", site_.State().path(),
                                               "\npolicy: ", site_.config().policy(), "\n"))
          .ok());
  const std::string file = site_.folder().Path("va.policy");
  CharterFileOptions pin;
  pin.config_path = config;
  pin.file = site_.folder().Path("charter.signed");
  ASSERT_TRUE(
      WriteFileAtomically(pin.file, site_.federation().SignedByAll(site_.federation().Written(TwoSign())).Text()).ok());
  std::ostringstream pinned;
  ASSERT_TRUE(PinCharterFile(pin, pinned).ok());
  EXPECT_THAT(pinned.str(),
              AllOf(HasSubstr("NO JOB RUNS HERE YET: this site's policy, "), HasSubstr("signed by nobody")));
  std::ostringstream out;
  ASSERT_TRUE(WriteFileAtomically(file, Signed(kTight, {"fritz"}, past).Text()).ok());
  const absl::Status alone = TakePolicy({config, file, false}, out);
  EXPECT_THAT(std::string(alone.message()),
              AllOf(HasSubstr("va.policy"), HasSubstr("is signed by fritz of those who may")));
  ASSERT_TRUE(WriteFileAtomically(file, Signed(kTight, {"dora", "fritz"}, past).Text()).ok());
  const absl::Status taken = TakePolicy({config, file, false}, out);
  ASSERT_TRUE(taken.ok()) << taken;
  EXPECT_THAT(out.str(), AllOf(HasSubstr("taken: the policy "), HasSubstr("no daemon runs here now"),
                               ::testing::Not(HasSubstr("NO JOB RUNS HERE"))));
  site_.UsePolicy(kLooser);
  std::ostringstream shown;
  ASSERT_TRUE(ShowPolicy({config, "", false}, shown).ok());
  EXPECT_THAT(shown.str(),
              AllOf(HasSubstr("signed by person/dora\n  signed by person/fritz"), HasSubstr("taken here: the policy "),
                    HasSubstr("NO JOB RUNS HERE: this site's policy, ")));
}

}  // namespace
}  // namespace accord
