// The shell around the coordinator's machines of the secure sum where the world around it fails.
#include "coordinator/engine/secure_sums.h"

#include <string>

#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/round/unmask.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/engine/sums_fixture.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Kind = v1::CoordinatorMessage;

TEST_F(SecureSumsTest, OpensTheSumOfEverybodyWhoUploaded) {
  OpenEpoch(1);
  EXPECT_FALSE(sums_->Signed().has_value());
  Collect(1, federation_.All());
  EXPECT_FALSE(sums_->Signed().has_value());
  OpenSumAndSign(federation_.All());
  for (const size_t site : federation_.All()) Take(site, Reveal(federation_.All(), site));
  ASSERT_THAT(Told<SumOpened>(), SizeIs(1));
  EXPECT_EQ(Told<SumOpened>()[0].sites, federation_.Names(federation_.All()));
  const auto statement = secure::ParseSurvivorStatement(attempt_.statements.at(0).bytes);
  ASSERT_TRUE(statement.ok() && sums_->Signed().has_value());
  EXPECT_EQ(sums_->Signed()->transcript, statement->set.transcript);
  EXPECT_EQ(sums_->Signed()->survivors_hash, statement->set.survivors_hash);
  std::vector<uint32_t> sum(16);
  for (const auto& [site, payload] : attempt_.payloads) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += payload[i];
  }
  ASSERT_TRUE(secure::RemoveMasks(seeds_, absl::MakeSpan(sum), 1).ok());
  EXPECT_EQ(sum, federation_.PlainSum(federation_.All()));
  EXPECT_THAT(Told<SumLost>(), IsEmpty());
}

// ---- errors of the sum ----

// As a job does with a failed attempt: what the machines still had to do for it must be done by then.
TEST_F(SecureSumsTest, AnErrorWhileMasksAreTakenOffIsToldAfterTheMachinesOwnWork) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  OpenSumAndSign(federation_.All());
  const Sites all = federation_.All();
  const size_t last = all.back();
  for (const size_t site : all) {
    if (site != last) Take(site, Reveal(all, site));
  }
  removed_ = absl::ResourceExhaustedError("no memory");
  react_ = [this](const JobEvent& event) {
    if (std::holds_alternative<RoundFailed>(event)) sums_->EndAttempt();
  };
  const v1::SiteMessage reveal = Reveal(all, last);
  told_.clear();
  Take(last, reveal);
  ASSERT_THAT(Told<RoundFailed>(), SizeIs(1));
  EXPECT_EQ(Told<RoundFailed>()[0].reason, "no memory");
  EXPECT_EQ(Told<RoundFailed>()[0].plan.attempt(), 1u);
  EXPECT_TRUE(std::holds_alternative<SiteMoved>(told_.front())) << "which is known only once the machine is done";
  EXPECT_EQ(sums_->Protection(), "") << "the attempt is over";
}

class SecureSumsOfSeven : public SecureSumsTest {
 protected:
  SecureSumsOfSeven() : SecureSumsTest(7) {}
};

// One site never uploads, another one has gone since: it is left out, and its vector must leave the sum.
TEST_F(SecureSumsOfSeven, AnErrorWhileAnUploadIsTakenOutIsToldAfterEverySurvivorWasShown) {
  OpenEpoch(1);
  Collect(1, {0, 1, 2, 3, 4, 5});
  sums_->LoseMember({federation_[5].name(), plan_.id(), "silent", /*for_good=*/false});
  unfolded_ = absl::DataLossError("its bytes cannot be read");
  log_.clear();
  sums_->OpenSum();
  ASSERT_THAT(Told<RoundFailed>(), SizeIs(1));
  EXPECT_EQ(Told<RoundFailed>()[0].reason, "its bytes cannot be read");
  ASSERT_THAT(log_, SizeIs(testing::Ge(7u)));
  EXPECT_EQ(log_[0], "unfold " + federation_[5].name());
  EXPECT_EQ(log_[1], "keep survivors");
  EXPECT_THAT(std::vector<std::string>(log_.begin() + 2, log_.begin() + 7), Each("send"));
  EXPECT_THAT(std::vector<std::string>(log_.begin() + 7, log_.end()), Each("tell"));
}

// ---- a proof that cannot be kept ----

TEST_F(SecureSumsTest, SignaturesThatCannotBeStoredAreShownToNobodyAndTheSumIsLost) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  kept_ = absl::ResourceExhaustedError("disk full");
  OpenSumAndSign(federation_.All());
  ASSERT_THAT(Told<SumLost>(), SizeIs(1));
  EXPECT_EQ(Told<SumLost>()[0].reason, "the signatures could not be stored: disk full");
  EXPECT_EQ(NumSent(Kind::kSignatures), 0u);
  EXPECT_THAT(log_, Contains("keep proof").Times(1));
  // Nor may a later plan build on them: a coordinator that is killed would have lost what sites then ask for.
  sums_->EndAttempt();
  OpenEpoch(2);
  v1::Plan next = MakePlanOf(2);
  ASSERT_TRUE(sums_->BeginAttempt(next).ok());
  EXPECT_THAT(next.secure().previous(), IsEmpty());
}

TEST_F(SecureSumsTest, SignaturesAreStoredBeforeAnybodySeesThem) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  sums_->OpenSum();
  log_.clear();
  for (const size_t site : Sites{0, 1, 2}) Take(site, Statement(federation_.All(), site));  // t of four
  std::vector<std::string> calls;
  for (const std::string& call : log_) {
    if (call != "tell") calls.push_back(call);
  }
  EXPECT_THAT(calls, ElementsAre("keep proof", "send", "send", "send"));
  EXPECT_EQ(NumSent(Kind::kSignatures), 3u);
}

// ---- survivors that sites were shown ----

TEST_F(SecureSumsTest, SurvivorsAreStoredBeforeAnybodySeesThem) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  sums_->OpenSum();
  ASSERT_THAT(log_, SizeIs(testing::Ge(5u)));
  EXPECT_EQ(log_[0], "keep survivors");
  EXPECT_THAT(std::vector<std::string>(log_.begin() + 1, log_.begin() + 5), Each("send"));
  ASSERT_THAT(shown_, SizeIs(1));
  EXPECT_EQ(shown_[0].job_id, "job-1");
  EXPECT_EQ(shown_[0].attempt, 1u);
  EXPECT_EQ(shown_[0].set.survivors, federation_.Names(federation_.All()));
  EXPECT_FALSE(shown_[0].of_every_job);
  EXPECT_THAT(Told<StepBound>(), IsEmpty()) << "its own attempt is under way";
}

TEST_F(SecureSumsTest, SurvivorsThatCannotBeStoredAreShownToNobodyAndBindNobody) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  kept_survivors_ = absl::ResourceExhaustedError("disk full");
  const size_t before = sent_.size();
  sums_->OpenSum();
  sums_->TakeBackMember({federation_[0].name(), plan_.id()});
  ASSERT_THAT(Told<SumLost>(), SizeIs(1));
  EXPECT_EQ(Told<SumLost>()[0].reason, "the survivors could not be stored: disk full");
  EXPECT_EQ(sent_.size(), before);
  sums_->EndAttempt();
  EXPECT_THAT(Told<StepBound>(), IsEmpty());
}

TEST_F(SecureSumsTest, AnAttemptThatEndsAfterSurvivorsWereShownBindsHoweverItEnded) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  sums_->OpenSum();
  sums_->EndAttempt();  // the commit failed, say
  ASSERT_THAT(Told<StepBound>(), SizeIs(1));
  EXPECT_EQ(Told<StepBound>()[0].bound, (Bound{federation_.Names(federation_.All()), 4}));
  sums_->EndStep();
  sums_->EndAttempt();
  EXPECT_THAT(Told<StepBound>(), SizeIs(1));
}

class SumsAfterARestart : public SecureSumsTest {
 protected:
  // What a coordinator before this one has shown: three of four must sign, three promises release it.
  StoredShownSet Stored(const std::string& job, uint32_t attempt, const std::string& transcript) const {
    const std::vector<std::string> names = federation_.Names(federation_.All());
    return {
        job, attempt, 0, Sha256("place"), true, {Sha256(transcript), names, {names[0], names[1], names[2]}, 4, 3, 1},
        {}};
  }
  void Promise(size_t site, const std::string& transcript, uint32_t attempt) {
    v1::SiteMessage message;
    *message.mutable_void_answer()->mutable_plan() = IdOf(attempt);
    *message.mutable_void_answer()->mutable_statement() =
        secure::ToWire(*federation_[site].Send(secure::VoidRequested{Sha256(transcript)}).void_statement);
    Take(site, message);
  }
};

TEST_F(SumsAfterARestart, TheStepIsBoundUntilEnoughHavePromisedWhichTheNextPlanShows) {
  sums_->HoldTo({Stored("job-1", 3, "x")});
  ASSERT_THAT(Told<StepBound>(), SizeIs(1));
  EXPECT_THAT(Told<StepBound>()[0].bound.sites, SizeIs(3));
  EXPECT_EQ(NumSent(Kind::kVoidRequest), 4u) << "whoever is connected";
  EXPECT_EQ(sent_[0].second->void_request().plan().attempt(), 3u);
  for (const size_t site : Sites{0, 3}) Promise(site, "x", 3);
  EXPECT_THAT(Told<BoundReleased>(), IsEmpty());
  sent_.clear();
  for (const size_t site : Sites{0, 1}) sums_->AskForVoids(federation_[site].name());
  ASSERT_THAT(sent_, SizeIs(1)) << "the other one has promised";
  EXPECT_EQ(sent_[0].first, federation_[1].name());
  Promise(1, "x", 3);
  EXPECT_THAT(Told<BoundReleased>(), SizeIs(1));
  ASSERT_THAT(released_, SizeIs(1));
  EXPECT_THAT(released_[0].voids, SizeIs(3));
  sums_->HoldTo({released_[0]});  // as the store has it now
  EXPECT_THAT(Told<StepBound>(), SizeIs(1));
  OpenEpoch(4);
  v1::Plan next = MakePlanOf(4);
  ASSERT_TRUE(sums_->BeginAttempt(next).ok());
  EXPECT_THAT(next.secure().voids(), SizeIs(3));
}

TEST_F(SumsAfterARestart, EverySetMustBeReleasedAndOneAfterTheOtherBinds) {
  StoredShownSet second = Stored("a1", 7, "y");
  second.set.survivors = second.set.cohort;
  sums_->HoldTo({Stored("job-1", 3, "x"), second});
  EXPECT_EQ(sent_[1].second->void_request().plan().attempt(), 0u) << "of another job";
  EXPECT_EQ(sent_[1].second->void_request().plan().job_id(), "job-1");
  for (const size_t site : Sites{0, 1, 2}) Promise(site, "x", 3);
  ASSERT_THAT(Told<StepBound>(), SizeIs(2));
  EXPECT_THAT(Told<StepBound>()[1].bound.sites, SizeIs(4));
  sums_->HoldTo({Stored("job-1", 3, "x"), second});
  EXPECT_THAT(Told<StepBound>(), SizeIs(2)) << "what was promised stays so";
  for (const size_t site : Sites{0, 1, 2}) Promise(site, "y", 0);
  EXPECT_THAT(Told<BoundReleased>(), SizeIs(2));
  EXPECT_THAT(released_, SizeIs(2));
}

// ---- sites and messages that do not belong ----

TEST_F(SecureSumsTest, ASiteThatTheRosterDoesNotListIsRefusedByNameAndTheEpochFormsWithoutIt) {
  std::vector<std::string> cohort = federation_.Names(federation_.All());
  cohort.push_back("stranger");
  ASSERT_TRUE(sums_->BeginEpoch({IdOf(1), cohort}).ok());
  EXPECT_THAT(told_, IsEmpty()) << "not from within";
  for (const std::string& site : cohort) sums_->RequestKey({site, IdOf(1)});
  ASSERT_THAT(Told<SiteRefused>(), SizeIs(1));
  EXPECT_EQ(Told<SiteRefused>()[0].site, "stranger");
  EXPECT_EQ(Told<SiteRefused>()[0].reason, "the site is not in the published roster");
  EXPECT_FALSE(Told<SiteRefused>()[0].permanent) << "another roster may list it";
  std::vector<std::string> asked;
  for (const auto& [site, message] : sent_) asked.push_back(site);
  EXPECT_THAT(asked, ElementsAreArray(federation_.Names(federation_.All())));
  federation_.OpenEpoch(1, federation_.All());
  for (const size_t site : federation_.All()) Take(site, KeyAnswerOf(site, 1));
  EXPECT_EQ(NumSent(Kind::kEpochList), federation_.size());
}

TEST_F(SecureSumsTest, MessagesOfAnotherAttemptChangeNothing) {
  OpenEpoch(1);
  Collect(1, federation_.All());
  sums_->OpenSum();
  const v1::SiteMessage right = Statement(federation_.All(), 0);
  v1::SiteMessage statement = right;
  v1::SiteMessage key = KeyAnswerOf(0, 1);
  v1::SiteMessage nonce, reveal, promise;
  nonce.mutable_nonce_answer()->set_nonce(std::string(32, 'n'));
  statement.mutable_survivor_answer()->mutable_plan()->set_attempt(2);
  key.mutable_key_answer()->mutable_plan()->set_attempt(2);
  nonce.mutable_nonce_answer()->mutable_plan()->set_attempt(2);
  reveal.mutable_reveal_answer()->mutable_plan()->set_attempt(2);
  promise.mutable_void_answer()->mutable_plan()->set_attempt(2);
  told_.clear();
  log_.clear();
  for (const v1::SiteMessage& message : {statement, key, nonce, reveal, promise}) {
    EXPECT_TRUE(sums_->Take(federation_[0].name(), message)) << "it is of secure sums all the same";
  }
  EXPECT_THAT(log_, IsEmpty());
  Take(0, right);
  EXPECT_THAT(Told<SiteMoved>(), SizeIs(1));
}

TEST_F(SecureSumsTest, MessagesBeforeAnyAttemptChangeNothing) {
  v1::SiteMessage statement;
  statement.mutable_survivor_answer()->mutable_plan()->set_attempt(1);
  EXPECT_TRUE(sums_->Take("site-0000", statement));
  v1::SiteMessage hello;
  hello.mutable_hello();
  EXPECT_FALSE(sums_->Take("site-0000", hello));
  EXPECT_THAT(log_, IsEmpty());
}

}  // namespace
}  // namespace accord
