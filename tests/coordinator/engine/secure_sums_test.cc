// The shell around the coordinator's machines of the secure sum where the world around it fails.
#include "coordinator/engine/secure_sums.h"

#include <string>

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
  Collect(1, federation_.All());
  OpenSumAndSign(federation_.All());
  for (const size_t site : federation_.All()) Take(site, Reveal(federation_.All(), site));
  ASSERT_THAT(Told<SumOpened>(), SizeIs(1));
  EXPECT_EQ(Told<SumOpened>()[0].sites, federation_.Names(federation_.All()));
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
  EXPECT_THAT(std::vector<std::string>(log_.begin() + 1, log_.begin() + 6), Each("send"));
  EXPECT_THAT(std::vector<std::string>(log_.begin() + 6, log_.end()), Each("tell"));
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
