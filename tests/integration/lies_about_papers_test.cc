// What a coordinator may make of the papers of a job on their way to a site, over real daemons, with the keys that it
// may have stolen and people whom it may have misled. Each ends the same way: every site refuses by itself, its signed
// reason is checked by somebody who has nothing but the roster, nothing was trained and nothing left.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/charter/signed_statement.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr char kNoSteward[] = "the order has 0 of 1 approvals as steward";

class LiesAboutPapers : public LiedToFederation {
 protected:
  struct PapersLie {
    const char* name;
    std::function<void(v1::JobPapers&)> change;
    const char* words;  // of the sites' refusals
  };

  // Each about a job of its own, of which the engine knows that everybody has approved it.
  void ExpectEachRefused(const std::vector<PapersLie>& lies) {
    for (const PapersLie& lie : lies) {
      SCOPED_TRACE(lie.name);
      Lie([&change = lie.change](v1::CoordinatorMessage& message) {
        if (message.has_job_papers()) change(*message.mutable_job_papers());
      });
      ExpectRefusedByAll(SubmitWithPeople(Order(JobYaml(), charter_)), lie.words);
      liar_->TellTheTruth();
      if (HasFailure()) return;
    }
    for (size_t site = 0; site < kSites; ++site) ExpectNothingLeft(site);
  }

  static void Replace(std::string& text, const std::string& from, const std::string& to) {
    EXPECT_THAT(text, HasSubstr(from));
    text = absl::StrReplaceAll(text, {{from, to}});
  }
  static bool IsStewards(const std::string& approval) { return absl::StrContains(approval, "\nas: steward\n"); }
  static void ChangeStewards(v1::JobPapers& papers, const std::function<void(std::string&)>& change) {
    const auto found = std::find_if(papers.mutable_approvals()->begin(), papers.mutable_approvals()->end(), IsStewards);
    ASSERT_NE(found, papers.mutable_approvals()->end());
    change(*found);
  }
  // The hash of the charter with one field changed, which nobody has signed.
  Sha256Digest LoosenedCharter() {
    std::string text = ReadWhole(Path("charter-1.yaml"));
    Replace(text, "min_rows: 50", "min_rows: 20");
    EXPECT_TRUE(WriteFileAtomically(Path("loosened.yaml"), text).ok());
    return HashOf(Path("loosened.yaml"));
  }
  Sha256Digest HashOf(const std::string& charter_file) {
    return ParseHexDigest(HashOfCharter(charter_file)).value_or(Sha256Digest{});
  }
};

TEST_F(LiesAboutPapers, AnOrderThatIsNotTheEngineersOrIsUnderAnotherCharterOrOverIsRefused) {
  StartBehindTheLiar(kPeopleDecide);
  ASSERT_FALSE(HasFailure());
  const Sha256Digest loosened = LoosenedCharter();
  const absl::Time an_hour_ago = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() - absl::Hours(1)));
  ExpectEachRefused({
      {"engineer, lead and steward were shown a charter with one changed field",
       [&](v1::JobPapers& papers) { OrderAnew(papers, [&](JobOrder& order) { order.charter = loosened; }); },
       "and this site goes by"},
      {"another purpose than the engineer signed",
       [](v1::JobPapers& papers) {
         Replace(*papers.mutable_order(), "purpose: measure-rounds", "purpose: measure-people");
       },
       "not signed with the key of engineer"},
      {"another person's name under the engineer's order",
       [](v1::JobPapers& papers) { Replace(*papers.mutable_order(), "engineer: engineer", "engineer: bela"); },
       "not signed with the key of bela"},
      {"an order by a person whose role the charter does not let define jobs",
       [&](v1::JobPapers& papers) {
         OrderAnew(
             papers, [](JobOrder& order) { order.engineer = "bela"; }, "bela");
       },
       "bela has the role lead"},
      {"an order whose time is over",
       [&](v1::JobPapers& papers) {
         OrderAnew(papers, [&](JobOrder& order) {
           order.not_before = an_hour_ago - absl::Hours(1);
           order.expires = an_hour_ago;
         });
       },
       "the order expired at"},
  });
}

TEST_F(LiesAboutPapers, ApprovalsThatNobodyGaveOrMayGiveDoNotCount) {
  StartBehindTheLiar(kPeopleDecide);
  ASSERT_FALSE(HasFailure());
  ExpectEachRefused({
      {"one changed byte of an approval, which lets it hold for another second",
       [](v1::JobPapers& papers) {
         ChangeStewards(papers, [](std::string& approval) {
           const size_t last_digit = approval.find("\nexpires: ") + sizeof("\nexpires: 2027-01-01T00:00:00") - 2;
           ASSERT_LT(last_digit, approval.size());
           approval[last_digit] = static_cast<char>(approval[last_digit] ^ 1);
         });
       },
       kNoSteward},
      {"a refusal made into an approval",
       [&](v1::JobPapers& papers) {
         ChangeStewards(papers, [&](std::string& approval) {
           ApproveAnew(approval, [](Approval& said) { said.approves = false; });
           Replace(approval, "decision: refuse", "decision: approve");
         });
       },
       kNoSteward},
      {"an approval in a role that the charter does not give",
       [&](v1::JobPapers& papers) {
         ChangeStewards(papers, [&](std::string& approval) {
           ApproveAnew(approval, [](Approval& said) { said.by = "person/bela"; });
         });
       },
       kNoSteward},
      {"the steward's approval kept back",
       [](v1::JobPapers& papers) {
         auto& approvals = *papers.mutable_approvals();
         approvals.erase(std::remove_if(approvals.begin(), approvals.end(), IsStewards), approvals.end());
       },
       kNoSteward},
      {"one stolen key that signs for everybody",
       [&](v1::JobPapers& papers) {
         for (std::string& approval : *papers.mutable_approvals()) {
           ApproveAnew(
               approval, [](Approval& /*said*/) {}, "engineer");
         }
       },
       "the order has 0 of 1 approvals as lead"},
  });
}

TEST_F(LiesAboutPapers, AJobThatItsStewardHasNotApprovedGetsNoKeysWhenTheCoordinatorDoesNotWait) {
  StartBehindTheLiar(kPeopleDecide);
  ASSERT_FALSE(HasFailure());
  const OrderedJob job = Order(JobYaml(), charter_);
  const auto id = governance_->Submit(job, {ApprovalBy("bela", "lead", job)});
  ASSERT_TRUE(id.ok()) << id.status().message();
  AwaitWaiting(*id, "steward 0 of 1");
  const auto order = SignedStatement::Parse(ReadWhole(job.order));
  ASSERT_TRUE(order.ok()) << order.status().message();
  v1::CoordinatorMessage message;
  v1::KeyRequest& request = *message.mutable_key_request();
  request.mutable_plan()->set_job_id(*id);
  request.mutable_plan()->set_attempt(1);
  request.set_job_sha256(HexDigest(ParseJobOrder(order->bytes).value_or(JobOrder()).job));
  for (size_t site = 0; site < kSites; ++site) {
    ASSERT_TRUE(governance_->AwaitOrderAtSite(site, job).ok());
    AwaitTakesPlans(site);
    EXPECT_TRUE(liar_->Send(federation_->site_name(site), message));
  }
  ExpectRefusedByAll(*id, kNoSteward);
  for (size_t site = 0; site < kSites; ++site) {
    for (const v1::SiteMessage& said : liar_->SaidBy(federation_->site_name(site))) EXPECT_FALSE(said.has_key_answer());
  }
}

TEST_F(LiesAboutPapers, NothingRunsUnderACharterThatHasExpiredWhateverTheCoordinatorGoesBy) {
  SetUpPeople();
  ASSERT_FALSE(HasFailure());
  charter_ = SignedCharterWith(kPeopleDecide);
  const std::string text = ReadWhole(Path("charter-1.yaml"));
  const size_t begin = text.find("\nexpires: ");
  ASSERT_NE(begin, std::string::npos);
  Changes changes = kPeopleDecide;
  changes.emplace_back(text.substr(begin, text.find('\n', begin + 1) - begin),
                       absl::StrCat("\nexpires: ", FormatUtc(absl::Now() - absl::Minutes(1))));
  const std::string expired = SignedCharterWith(changes, "expired");
  PinAtSites(expired);
  StartSitesBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const Sha256Digest hash = HashOf(expired);
  ExpectEachRefused({{"everybody signs as if it still held",
                      [&](v1::JobPapers& papers) { OrderAnew(papers, [&](JobOrder& order) { order.charter = hash; }); },
                      "nothing runs under it any more"}});
}

}  // namespace
}  // namespace accord
