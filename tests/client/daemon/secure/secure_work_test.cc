// The shell around a site's part in the secure sums of a job, with the real machine, a real record on the disk, and a
// coordinator that the test plays.
#include "client/daemon/secure/secure_work.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/secure/messages/key_statement.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/full_disk.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// What a daemon would do with its work's calls: remembered.
struct Calls {
  std::vector<v1::SiteMessage> sent;
  std::vector<std::string> lines;  // for the operator
  std::vector<std::shared_ptr<const secure::MaskSet>> uploads;
  std::vector<v1::UploadClose> closes;
  std::vector<v1::Refusal> refusals;

  SecureWork::Callbacks Callbacks() {
    return {.send = [this](v1::SiteMessage message) { sent.push_back(std::move(message)); },
            .tell_operator = [this](const std::string& line) { lines.push_back(line); },
            .upload = [this](const v1::PlanId&, auto masks) { uploads.push_back(std::move(masks)); },
            .close_upload = [this](const v1::PlanId&, v1::UploadClose close) { closes.push_back(std::move(close)); },
            .refused = [this](const v1::PlanId&, v1::Refusal refusal) { refusals.push_back(std::move(refusal)); }};
  }
  size_t NumLeft() const { return sent.size() + uploads.size() + closes.size(); }
};

class SecureWorkTest : public ::testing::Test {
 protected:
  SecureWork Work(Calls& calls) { return SecureWork("job-1", site_, calls.Callbacks()); }

  // Each goes on where the one before it stopped.
  void OpenEpoch(uint32_t epoch) {
    work_.Take(federation_.KeyRequest(epoch));
    ASSERT_TRUE(!calls_.sent.empty() && calls_.sent.back().has_key_answer());
    work_.Take(federation_.EpochList(calls_.sent.back().key_answer()));
    ASSERT_TRUE(calls_.sent.back().has_nonce_answer());
  }
  void Plan() {
    OpenEpoch(1);
    plan_ = federation_.Plan(1);
    work_.Plan(plan_, federation_.spec());
    ASSERT_TRUE(work_.Accepted(plan_));
  }
  void Upload() {
    Plan();
    work_.OnVector(kVector);
    ASSERT_THAT(calls_.uploads, SizeIs(1));
    work_.OnMasked(kPayload);
    ASSERT_THAT(calls_.closes, SizeIs(1));
  }
  void SignSurvivors() {
    Upload();
    work_.Take(federation_.Survivors(plan_, calls_.closes[0]));
    ASSERT_TRUE(calls_.sent.back().has_survivor_answer());
  }

  inline static const std::string kVector = Sha256Hex("the vector");
  inline static const std::string kPayload = Sha256Hex("its masked bytes");
  TemporaryFolder folder_;
  PlayedFederation federation_;
  std::unique_ptr<RecordFile> record_ = RecordFile::Open(folder_.Path("record"), federation_.site()).value();
  SecureSite site_ = federation_.Daemon(*record_);
  Calls calls_;
  SecureWork work_ = Work(calls_);
  v1::Plan plan_;
};

TEST_F(SecureWorkTest, TakesPartInAWholeRound) {
  SignSurvivors();
  work_.Take(federation_.Signatures(calls_.sent.back().survivor_answer()));
  ASSERT_TRUE(calls_.sent.back().has_reveal_answer());
  EXPECT_EQ(calls_.sent.back().reveal_answer().plan().attempt(), 1u);
  EXPECT_THAT(calls_.refusals, IsEmpty());
}

TEST_F(SecureWorkTest, WhatWasSeenOfOthersAndCouldNotBeWrittenIsTriedAgain) {
  const PeersFile peers(folder_.Path("none/peers"));
  site_.peers = &peers;
  SignSurvivors();
  EXPECT_THAT(calls_.lines, Contains(HasSubstr("could not be kept")));
  ASSERT_TRUE(MakeFolders(folder_.Path("none")).ok());
  work_.Take(federation_.Signatures(calls_.sent.back().survivor_answer()));
  ASSERT_TRUE(calls_.sent.back().has_reveal_answer());
  EXPECT_TRUE(std::filesystem::exists(folder_.Path("none/peers")));
}

TEST_F(SecureWorkTest, AMessageOfSomethingElseIsLeftToOthers) {
  v1::CoordinatorMessage welcome;
  welcome.mutable_welcome();
  EXPECT_FALSE(work_.Take(welcome));
}

TEST_F(SecureWorkTest, WithoutARosterNoKeyLeavesAndOneThatIsPinnedLaterCounts) {
  const auto pinned = std::exchange(site_.roster, [] { return absl::FailedPreconditionError("pin the roster"); });
  work_.Take(federation_.KeyRequest(1));
  ASSERT_THAT(calls_.refusals, SizeIs(1));
  EXPECT_EQ(calls_.refusals[0].reason(), "pin the roster");
  EXPECT_FALSE(calls_.refusals[0].permanent());
  EXPECT_EQ(calls_.NumLeft(), 0u);
  site_.roster = pinned;
  OpenEpoch(2);
}

// ---- a roster that is pinned in the middle of a job ----

TEST_F(SecureWorkTest, ANewRosterLeavesTheAttemptThatIsUnderWayAlone) {
  Plan();
  federation_.AddToRoster();
  EXPECT_TRUE(work_.Accepted(plan_));
  work_.OnVector(kVector);
  EXPECT_THAT(calls_.uploads, SizeIs(1));
  EXPECT_THAT(calls_.refusals, IsEmpty());
}

TEST_F(SecureWorkTest, TheNextEpochGoesByTheNewRosterAndTheKeysOfTheOldOneAreGone) {
  Upload();
  const v1::CoordinatorMessage survivors = federation_.Survivors(plan_, calls_.closes[0]);
  std::weak_ptr<const secure::MaskSet> masks = calls_.uploads[0];
  calls_.uploads.clear();
  EXPECT_FALSE(masks.expired());
  federation_.AddToRoster();
  work_.Take(federation_.KeyRequest(2));
  ASSERT_TRUE(calls_.sent.back().has_key_answer());
  const auto statement = secure::ParseKeyStatement(calls_.sent.back().key_answer().statement().bytes());
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(statement->roster_hash, federation_.roster()->hash());
  EXPECT_FALSE(work_.Accepted(plan_));
  EXPECT_TRUE(masks.expired());
  const size_t sent = calls_.sent.size();
  work_.Take(survivors);
  EXPECT_THAT(calls_.sent, SizeIs(sent));
  EXPECT_THAT(calls_.refusals, SizeIs(1)) << "of the survivors that it cannot sign any more";
}

// A coordinator that never asks for another epoch would go on with the key that the new roster lists no more.
TEST_F(SecureWorkTest, ANewAttemptInAnEpochOfTheRosterBeforeIsRefused) {
  Plan();
  const v1::Plan second = federation_.Plan(2);
  work_.Plan(second, federation_.spec());
  ASSERT_TRUE(work_.Accepted(second)) << "the epoch serves several";
  federation_.ReplaceAKeyInRoster();
  const v1::Plan third = federation_.Plan(3);
  work_.Plan(third, federation_.spec());
  EXPECT_FALSE(work_.Accepted(third));
  ASSERT_THAT(calls_.refusals, SizeIs(1));
  EXPECT_FALSE(calls_.refusals[0].permanent()) << "it takes part in the next epoch";
  work_.Take(federation_.KeyRequest(4));
  EXPECT_TRUE(calls_.sent.back().has_key_answer());
}

TEST_F(SecureWorkTest, APlanThatWasRefusedUnderTheRosterBeforeIsANewAttempt) {
  OpenEpoch(1);
  v1::Plan refused = federation_.Plan(1);
  refused.mutable_secure()->set_epoch(2);
  work_.Plan(refused, federation_.spec());
  ASSERT_FALSE(work_.Accepted(refused));
  federation_.ReplaceAKeyInRoster();
  const v1::Plan plan = federation_.Plan(1);
  work_.Plan(plan, federation_.spec());
  EXPECT_FALSE(work_.Accepted(plan));
  EXPECT_THAT(calls_.refusals, SizeIs(2));
}

// The answer was lost: the coordinator asks once more.
TEST_F(SecureWorkTest, AskedTwiceForOneEpochsKeyItGoesOnWithTheAttempt) {
  Plan();
  work_.Take(federation_.KeyRequest(1));
  EXPECT_TRUE(work_.Accepted(plan_));
  work_.OnVector(kVector);
  EXPECT_THAT(calls_.uploads, SizeIs(1));
}

// ---- a record that cannot be written ----

class SecureWorkOnAFullDisk : public SecureWorkTest {
 protected:
  // `step` makes the machine record something. Nothing may leave then, nor later when there is room again.
  void ExpectToStopAt(const std::function<void()>& step) {
    const size_t left = calls_.NumLeft();
    {
      const FullDisk full(std::filesystem::file_size(folder_.Path("record")));
      step();
    }
    ASSERT_THAT(calls_.refusals, SizeIs(1));
    EXPECT_TRUE(calls_.refusals[0].permanent());
    EXPECT_EQ(calls_.refusals[0].reason(), "this site cannot keep its record") << "the path is this site's business";
    EXPECT_THAT(calls_.lines, Contains(AllOf(StartsWith(kStopped), HasSubstr(folder_.Path("record")),
                                             EndsWith(". Mend the disk and restart the daemon"))));
    EXPECT_FALSE(work_.Accepted(plan_));
    work_.Take(federation_.KeyRequest(9));
    ASSERT_THAT(calls_.refusals, SizeIs(2));
    EXPECT_TRUE(calls_.refusals[1].permanent());
    EXPECT_EQ(calls_.NumLeft(), left);
  }

  static constexpr char kStopped[] =
      "job job-1: takes no further part in secure sums, because the record cannot be written: ";
};

TEST_F(SecureWorkOnAFullDisk, StopsBeforeAKeyLeaves) {
  ExpectToStopAt([this] { work_.Take(federation_.KeyRequest(1)); });
}

TEST_F(SecureWorkOnAFullDisk, StopsBeforeAMaskedVectorLeaves) {
  Plan();
  ExpectToStopAt([this] { work_.OnVector(kVector); });
}

TEST_F(SecureWorkOnAFullDisk, StopsBeforeASignatureLeaves) {
  Upload();
  const v1::CoordinatorMessage survivors = federation_.Survivors(plan_, calls_.closes[0]);
  ExpectToStopAt([&] { work_.Take(survivors); });
}

TEST_F(SecureWorkOnAFullDisk, StopsBeforeSeedsLeave) {
  SignSurvivors();
  const v1::CoordinatorMessage signatures = federation_.Signatures(calls_.sent.back().survivor_answer());
  ExpectToStopAt([&] { work_.Take(signatures); });
}

// The record in memory is ahead of the file for all of them.
TEST_F(SecureWorkOnAFullDisk, StopsTheSitesOtherJobsToo) {
  ExpectToStopAt([this] { work_.Take(federation_.KeyRequest(1)); });
  Calls calls;
  SecureWork other("job-2", site_, calls.Callbacks());
  other.Take(federation_.KeyRequest(1));
  EXPECT_EQ(calls.NumLeft(), 0u);
  ASSERT_THAT(calls.refusals, SizeIs(1));
  EXPECT_TRUE(calls.refusals[0].permanent());
  EXPECT_THAT(calls.lines, ElementsAre(StartsWith("job job-2: takes no further part")));
}

// ---- words for the operator, and a pause ----

TEST_F(SecureWorkTest, AMessageThatMakesNoSenseIsToldToTheOperatorAndLeadsToNothing) {
  v1::CoordinatorMessage no_hash = federation_.KeyRequest(1);
  no_hash.mutable_key_request()->set_roster_hash("short");
  v1::CoordinatorMessage no_transcript;
  no_transcript.mutable_void_request()->set_transcript("short");
  EXPECT_TRUE(work_.Take(no_hash));
  EXPECT_TRUE(work_.Take(no_transcript));
  const std::string nonsense = "job job-1: the coordinator sent a message that makes no sense: ";
  EXPECT_THAT(calls_.lines, ElementsAre(nonsense + "the roster's hash has 5 bytes, expected 32",
                                        nonsense + "a transcript has 5 bytes, expected 32"));
  EXPECT_EQ(calls_.NumLeft(), 0u);
  EXPECT_THAT(calls_.refusals, IsEmpty());
  OpenEpoch(1);
}

TEST_F(SecureWorkTest, WhatTheMachineRefusesIsToldToBothEndsByName) {
  OpenEpoch(1);
  v1::Plan plan = federation_.Plan(1);
  plan.mutable_secure()->set_epoch(2);
  work_.Plan(plan, federation_.spec());
  EXPECT_FALSE(work_.Accepted(plan));
  ASSERT_THAT(calls_.refusals, SizeIs(1));
  EXPECT_THAT(calls_.refusals[0].reason(), HasSubstr("the plan is for epoch 2"));
  EXPECT_THAT(calls_.lines, Contains(StartsWith("job job-1: refused (other_epoch): the plan is for epoch 2")));
}

TEST_F(SecureWorkTest, ForgettingDestroysKeysAndMasks) {
  Upload();
  const v1::CoordinatorMessage survivors = federation_.Survivors(plan_, calls_.closes[0]);
  const std::weak_ptr<const secure::MaskSet> masks = calls_.uploads[0];
  calls_.uploads.clear();
  ASSERT_FALSE(masks.expired()) << "an upload that breaks is sent again with them";
  work_.Forget();
  EXPECT_TRUE(masks.expired());
  EXPECT_FALSE(work_.Accepted(plan_));
  const size_t left = calls_.NumLeft();
  work_.Take(survivors);
  work_.OnVector(kVector);
  work_.Plan(plan_, federation_.spec());
  EXPECT_FALSE(work_.Accepted(plan_));
  EXPECT_EQ(calls_.NumLeft(), left);
  EXPECT_THAT(calls_.refusals, SizeIs(3));
  OpenEpoch(2);
}

}  // namespace
}  // namespace accord
