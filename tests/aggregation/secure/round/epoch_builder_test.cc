#include "aggregation/secure/round/epoch_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/evidence/verdict.h"
#include "aggregation/secure/key_agreement.h"
#include "base/seeded_entropy.h"
#include "trust/identity/signing.h"

namespace accord::secure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Sites site-0 ... with keys, and an epoch to which they are invited.
class Epoch {
 public:
  explicit Epoch(uint32_t num_sites, bool sparse = false) {
    std::vector<RosterEntry> entries;
    for (uint32_t i = 0; i < num_sites; ++i) {
      signers_.push_back(*KeyPairSigner::Create(*KeyPair::Generate()));
      entries.push_back({Site(i), absl::StrCat("Hospital ", i), signers_[i].public_key_der()});
      plan_.invited.push_back(Site(i));
    }
    plan_.roster = std::make_shared<const Roster>(*Roster::Parse(*Roster::Write("Test", entries)));
    plan_.terms = {"job-1", Sha256("job"), plan_.roster->hash(), 4};
    plan_.colluding_organisations = num_sites > 2 ? 1 : 0;
    plan_.sparse = sparse;
    builder_.emplace(plan_);
  }

  static std::string Site(uint32_t index) { return absl::StrCat("site-", index); }
  static GraphNonce Nonce(uint32_t index) { return Sha256(Site(index)); }

  KeyStatementArrived Key(uint32_t index, const std::function<void(KeyStatement&)>& edit = nullptr) {
    KeyStatement statement{plan_.terms.job_id,
                           plan_.terms.job_sha256,
                           plan_.terms.roster_hash,
                           4,
                           Site(index),
                           {},
                           NonceCommitment(Nonce(index)),
                           {}};
    SeededEntropy entropy(index);
    statement.public_key = EpochKeyPair::Generate(entropy)->public_key();
    if (edit) edit(statement);
    return {Site(index), *Sign(statement, signers_[index])};
  }

  void Handle(const EpochEvent& event) {
    for (EpochAction& action : builder_->Handle(event)) log.push_back(std::move(action));
  }
  void AllAnswer() {
    for (uint32_t i = 0; i < signers_.size(); ++i) Handle(Key(i));
  }

  template <typename Action>
  std::vector<const Action*> All() const {
    std::vector<const Action*> found;
    for (const EpochAction& action : log) {
      if (const Action* typed = std::get_if<Action>(&action)) found.push_back(typed);
    }
    return found;
  }
  std::vector<std::string> Rejected() const {
    std::vector<std::string> lines;
    for (const RejectMessage* rejected : All<RejectMessage>()) {
      lines.push_back(absl::StrCat(rejected->site, ": ", rejected->reason));
    }
    return lines;
  }
  std::vector<std::string> Members() const {
    return All<EpochReady>().empty() ? std::vector<std::string>() : All<EpochReady>()[0]->list.Sites();
  }

  EpochPlan plan_;
  std::vector<KeyPairSigner> signers_;
  std::optional<EpochBuilder> builder_;
  std::vector<EpochAction> log;
};

TEST(EpochBuilder, IsReadyWithAllWhoWereInvitedOnceAllHaveAnswered) {
  Epoch epoch(4);
  epoch.AllAnswer();
  EXPECT_THAT(epoch.Members(), ElementsAre("site-0", "site-1", "site-2", "site-3"));
  EXPECT_EQ(epoch.All<SendEpochList>().size(), 4u);
  const EpochReady& ready = *epoch.All<EpochReady>()[0];
  EXPECT_EQ(ready.list.epoch_hash, HashEpoch(*ready.statements));
  EXPECT_EQ(ready.quorum.cohort_size, 4u);
  EXPECT_EQ(ready.graph_seed, Sha256Digest{});
  EXPECT_THAT(epoch.Rejected(), IsEmpty());
  EXPECT_TRUE(epoch.builder_->ended());
}

TEST(EpochBuilder, IsReadyWithThoseWhoAnsweredOnceNobodyElseIsWaitedFor) {
  Epoch epoch(4);
  epoch.Handle(epoch.Key(0));
  epoch.Handle(epoch.Key(3));
  epoch.Handle(epoch.Key(2));
  EXPECT_THAT(epoch.builder_->WaitsFor(), ElementsAre("site-1"));
  epoch.Handle(CloseKeys{});
  EXPECT_THAT(epoch.Members(), ElementsAre("site-0", "site-2", "site-3"));
  epoch.Handle(epoch.Key(1));
  EXPECT_EQ(epoch.All<EpochReady>().size(), 1u);
}

TEST(EpochBuilder, LeavesOutASiteWhoseKeyIsLost) {
  Epoch epoch(4);
  epoch.Handle(epoch.Key(0));
  epoch.Handle(SiteGone{"site-0", true});
  epoch.Handle(epoch.Key(1));
  epoch.Handle(epoch.Key(2));
  epoch.Handle(epoch.Key(3));
  epoch.Handle(CloseKeys{});
  EXPECT_THAT(epoch.Members(), ElementsAre("site-1", "site-2", "site-3"));
}

TEST(EpochBuilder, FailsWithTooFewSites) {
  Epoch epoch(4);
  epoch.plan_.min_sites = 3;
  epoch.builder_.emplace(epoch.plan_);
  epoch.Handle(epoch.Key(0));
  epoch.Handle(epoch.Key(1));
  epoch.Handle(StopWaiting{});
  ASSERT_EQ(epoch.All<EpochFailed>().size(), 1u);
  EXPECT_EQ(epoch.All<EpochFailed>()[0]->reason, "only 2 of the 3 sites needed sent a key");
  EXPECT_THAT(epoch.All<EpochFailed>()[0]->at_fault, IsEmpty());
}

TEST(EpochBuilder, FailsWithACohortInWhichTheColludersWouldBeTooMany) {
  Epoch epoch(3);
  epoch.plan_.colluding_organisations = 2;
  epoch.builder_.emplace(epoch.plan_);
  epoch.AllAnswer();
  EXPECT_EQ(epoch.All<EpochFailed>().size(), 1u);
  EXPECT_TRUE(epoch.All<SendEpochList>().empty());
}

TEST(EpochBuilder, ASparseGraphIsSeededByTheNoncesOfAllMembers) {
  Epoch epoch(5, true);
  epoch.AllAnswer();
  EXPECT_EQ(epoch.All<SendEpochList>().size(), 5u);
  EXPECT_TRUE(epoch.All<EpochReady>().empty());
  for (uint32_t i = 0; i < 4; ++i) epoch.Handle(NonceArrived{Epoch::Site(i), Epoch::Nonce(i)});
  EXPECT_THAT(epoch.builder_->WaitsFor(), ElementsAre("site-4"));
  epoch.Handle(NonceArrived{"site-4", Epoch::Nonce(4)});
  ASSERT_EQ(epoch.All<EpochReady>().size(), 1u);
  const EpochReady& ready = *epoch.All<EpochReady>()[0];
  EXPECT_EQ(ready.nonces.size(), 5u);
  EXPECT_EQ(ready.graph_seed, *GraphSeed(ready.list, ready.nonces));
}

TEST(EpochBuilder, NamesTheMemberThatWithholdsItsNonce) {
  for (const bool restarted : {false, true}) {
    Epoch epoch(5, true);
    epoch.AllAnswer();
    for (const uint32_t i : {0u, 1u, 2u, 4u}) epoch.Handle(NonceArrived{Epoch::Site(i), Epoch::Nonce(i)});
    if (restarted) epoch.Handle(SiteGone{"site-3", true});
    if (!restarted) epoch.Handle(StopWaiting{});
    ASSERT_EQ(epoch.All<EpochFailed>().size(), 1u);
    EXPECT_THAT(epoch.All<EpochFailed>()[0]->at_fault, ElementsAre("site-3"));
  }
}

TEST(EpochBuilder, RejectsANonceUnlikeItsCommitment) {
  Epoch epoch(5, true);
  epoch.AllAnswer();
  epoch.Handle(NonceArrived{"site-1", Epoch::Nonce(2)});
  EXPECT_THAT(epoch.Rejected(), ElementsAre("site-1: a nonce unlike the one that it committed to"));
}

TEST(EpochBuilder, RejectsANonceThatNobodyAskedFor) {
  Epoch epoch(4);
  epoch.Handle(NonceArrived{"site-1", Epoch::Nonce(1)});
  EXPECT_THAT(epoch.Rejected(), ElementsAre("site-1: a nonce that nobody asked for"));
}

void ExpectRejected(const std::function<void(KeyStatement&)>& edit, const std::string& reason) {
  Epoch epoch(4);
  epoch.Handle(epoch.Key(0));
  epoch.Handle(epoch.Key(1, edit));
  EXPECT_THAT(epoch.Rejected(), ElementsAre(HasSubstr(reason)));
  epoch.Handle(epoch.Key(2));
  epoch.Handle(epoch.Key(3));
  // A right one is still taken.
  epoch.Handle(epoch.Key(1));
  EXPECT_EQ(epoch.Members().size(), 4u);
}

TEST(EpochBuilder, RejectsAStatementForAnotherJobEpochOrRoster) {
  ExpectRejected([](KeyStatement& s) { s.job_id = "job-2"; }, "another job or epoch");
  ExpectRejected([](KeyStatement& s) { s.job_sha256 = Sha256("x"); }, "another job or epoch");
  ExpectRejected([](KeyStatement& s) { s.epoch = 3; }, "another job or epoch");
  ExpectRejected([](KeyStatement& s) { s.roster_hash = Sha256("x"); }, "another roster");
}

TEST(EpochBuilder, RejectsAKeyThatAnotherSiteHas) {
  SeededEntropy entropy(0);
  const PublicKey first = EpochKeyPair::Generate(entropy)->public_key();
  ExpectRejected([&](KeyStatement& s) { s.public_key = first; }, "its public key is that of site-0");
}

TEST(EpochBuilder, RejectsAKeyOfSmallOrderWhichWouldMakeAllOthersRefuseTheList) {
  ExpectRejected([](KeyStatement& s) { s.public_key = {}; }, "");
  ExpectRejected([](KeyStatement& s) { s.public_key = {1}; }, "");
}

TEST(EpochBuilder, RejectsAStatementThatItsSiteDidNotSign) {
  Epoch epoch(4);
  KeyStatementArrived event = epoch.Key(1);
  event.statement.signature = epoch.Key(2).statement.signature;
  epoch.Handle(event);
  event = epoch.Key(1);
  event.site = "site-2";
  epoch.Handle(event);
  event = epoch.Key(1);
  event.statement.bytes += "x";
  epoch.Handle(event);
  event = epoch.Key(1);
  event.site = "site-9";
  epoch.Handle(event);
  EXPECT_THAT(epoch.Rejected(), ElementsAre(HasSubstr("site-1"), "site-2: a key statement of site-1",
                                            HasSubstr("key statement"), HasSubstr("not invited")));
}

TEST(EpochBuilder, ConvictsASiteOfTwoKeysAndKeepsTheFirst) {
  Epoch epoch(4);
  epoch.Handle(epoch.Key(1));
  epoch.Handle(epoch.Key(1));
  EXPECT_TRUE(epoch.log.empty());
  epoch.Handle(epoch.Key(1, [](KeyStatement& s) { s.nonce_commitment = Sha256("x"); }));
  ASSERT_EQ(epoch.All<Blame>().size(), 1u);
  EXPECT_THAT(epoch.All<Blame>()[0]->sites, ElementsAre("site-1"));
  const auto verdict = CheckEvidence(WriteEvidence(*epoch.All<Blame>()[0]->evidence, epoch.plan_.roster->bytes()));
  EXPECT_TRUE(verdict->claim_holds);
}

}  // namespace
}  // namespace accord::secure
