#include "coordinator/stamps/stamp_keeper.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/timestamp/test_authority.h"
#include "trust/log/log_file.h"
#include "trust/timestamp/log_stamp.h"
#include "trust/timestamp/stamp_request.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kCadence = absl::Hours(1);
constexpr absl::Duration kGrace = absl::Hours(24);

// Answers as the test says; without that, as the authority does by the test's clock.
class PlayedTransport : public StampTransport {
 public:
  absl::StatusOr<std::string> Exchange(const std::string& request_der) override {
    ++asked;
    return answer(request_der);
  }
  void Cancel() override {}

  int asked = 0;
  std::function<absl::StatusOr<std::string>(const std::string&)> answer;
};

// A machine whose wall clock somebody sets; its monotonic time does not notice.
class WallClock : public ManualClock {
 public:
  absl::Time Now() override { return ManualClock::Now() - set_back_; }
  void SetBack(absl::Duration by) { set_back_ += by; }

 private:
  absl::Duration set_back_ = absl::ZeroDuration();
};

class StampKeeperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(MakeFolders(folder_.Path("state"), 0700).ok());
    Serve(tsa_);
    Restart();
  }
  void Serve(const TestStampAuthority& tsa, absl::Duration off = absl::ZeroDuration()) {
    transport_.answer = [this, &tsa, off](const std::string& request) -> absl::StatusOr<std::string> {
      return tsa.Answer(request, clock_.Now() + off);
    };
  }
  void Restart() {
    keeper_ = nullptr;
    store_ = nullptr;
    auto store = Store::Open(folder_.Path("state"), clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    board_ = std::make_unique<StampBoard>(kCadence + kGrace);
    keeper_ = std::make_unique<StampKeeper>(tsa_.Believed(), kCadence,
                                            StampKeeper::Surroundings{store_->log(), transport_, *board_, clock_,
                                                                      EntropySource::System(), [this] { ++changes_; }});
    ASSERT_TRUE(keeper_->TakeUp().ok());
  }
  std::string Why() { return board_->WhyNoRound(clock_.Now()); }
  std::optional<KeptStamp> Stored() { return *store_->log().rows().NewestStamp(kFederationProject); }

  TemporaryFolder folder_;
  WallClock clock_;
  const TestStampAuthority tsa_;
  PlayedTransport transport_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StampBoard> board_;
  std::unique_ptr<StampKeeper> keeper_;
  int changes_ = 0;
};

TEST_F(StampKeeperTest, AsksAtOnceAndThenOnceACadence) {
  EXPECT_EQ(Why(), "waits for a time stamp on the federation's log: there is none yet");
  EXPECT_EQ(keeper_->Look(), kCadence);
  EXPECT_EQ(Why(), "");
  EXPECT_EQ(changes_, 1);
  ASSERT_TRUE(Stored().has_value());
  EXPECT_TRUE(CheckLogStamp(tsa_.Believed(), Stored()->head, Stored()->token).ok());
  clock_.Advance(kCadence - absl::Seconds(1));
  EXPECT_EQ(keeper_->Look(), absl::Seconds(1));
  EXPECT_EQ(transport_.asked, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(keeper_->Look(), kCadence);
  EXPECT_EQ(transport_.asked, 2);
  EXPECT_EQ(board_->newest()->time, clock_.Now());
}

TEST_F(StampKeeperTest, GoesOnFromTheStoredStampAfterARestart) {
  keeper_->Look();
  clock_.Advance(kCadence / 4);
  Restart();
  EXPECT_EQ(Why(), "");
  EXPECT_EQ(keeper_->Look(), kCadence * 3 / 4);
  EXPECT_EQ(transport_.asked, 1);
}

TEST_F(StampKeeperTest, WithoutStampsItClosesAfterTheGracePeriodAndOpensWithTheNext) {
  keeper_->Look();
  transport_.answer = [](const std::string&) { return absl::UnavailableError("the authority at X: is away"); };
  clock_.Advance(kCadence + kGrace - absl::Seconds(1));
  keeper_->Look();
  EXPECT_EQ(Why(), "");
  EXPECT_EQ(board_->TimeToClosing(clock_.Now()), absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(
      Why(), HasSubstr("the last one is of 2023-11-14 22:13:20 UTC, and one may be 25h old. Its authority gives none"));
  EXPECT_THAT(Why(), Not(HasSubstr("the authority at X"))) << "its words are for the log";
  EXPECT_EQ(board_->TimeToClosing(clock_.Now()), absl::InfiniteDuration());
  Serve(tsa_);
  clock_.Advance(kLongestRetry);
  keeper_->Look();
  EXPECT_EQ(Why(), "");
}

TEST_F(StampKeeperTest, TriesAgainAfterLongerAndLongerWaits) {
  transport_.answer = [](const std::string&) { return absl::UnavailableError("away"); };
  for (const int seconds : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    EXPECT_EQ(keeper_->Look(), absl::Seconds(seconds));
    EXPECT_EQ(keeper_->Look(), absl::Seconds(seconds)) << "not before";
    clock_.Advance(absl::Seconds(seconds));
  }
  EXPECT_EQ(transport_.asked, 11);
  Serve(tsa_);
  EXPECT_EQ(keeper_->Look(), kCadence);
  transport_.answer = [](const std::string&) { return absl::UnavailableError("away"); };
  clock_.Advance(kCadence);
  EXPECT_EQ(keeper_->Look(), absl::Seconds(1)) << "a stamp in between: from the beginning";
}

TEST_F(StampKeeperTest, KeepsNothingThatDoesNotHold) {
  const TestStampAuthority stranger;
  std::string replayed;
  const std::pair<const char*, std::function<absl::StatusOr<std::string>(const std::string&)>> lies[] = {
      {"is not one of the authority",
       [&](const std::string& request) -> absl::StatusOr<std::string> {
         return stranger.Answer(request, clock_.Now());
       }},
      {"nonce", [&](const std::string&) -> absl::StatusOr<std::string> { return replayed; }},
      {"no TimeStampResp", [](const std::string&) -> absl::StatusOr<std::string> { return std::string("<html>"); }},
      {"keep this machine's clock right",
       [&](const std::string& request) -> absl::StatusOr<std::string> {
         return tsa_.Answer(request, clock_.Now() + absl::Minutes(6));
       }},
      {"signed later", [&](const std::string& request) -> absl::StatusOr<std::string> {
         return tsa_.Answer(request, clock_.Now() - absl::Minutes(7));
       }}};
  const auto request = StampRequest::Create(LogStampImprint(*store_->log().rows().LastHead(kFederationProject)),
                                            tsa_.Believed(), EntropySource::System());
  replayed = tsa_.Answer(request->der(), clock_.Now());
  for (const auto& [words, answer] : lies) {
    transport_.answer = answer;
    keeper_->Look();
    EXPECT_THAT(std::string(keeper_->last_try().message()), HasSubstr(words));
    EXPECT_THAT(Why(), HasSubstr("the coordinator's log says why"));
    EXPECT_FALSE(Stored().has_value()) << words;
    clock_.Advance(absl::Seconds(20));
  }
}

TEST_F(StampKeeperTest, OfAnotherAuthorityAStoredStampDoesNotCount) {
  keeper_->Look();
  const TestStampAuthority new_one;
  StampBoard board(kCadence + kGrace);
  StampKeeper changed(new_one.Believed(), kCadence, {store_->log(), transport_, board, clock_});
  ASSERT_TRUE(changed.TakeUp().ok());
  EXPECT_THAT(board.WhyNoRound(clock_.Now()), HasSubstr("there is none yet"));
  Serve(new_one);
  EXPECT_EQ(changed.Look(), kCadence);
  EXPECT_EQ(board.WhyNoRound(clock_.Now()), "");
}

TEST_F(StampKeeperTest, AClockThatWasSetBackAsksAtOnceAndLetsNoRoundStart) {
  clock_.Advance(absl::Hours(5));
  keeper_->Look();
  clock_.Advance(absl::Seconds(1));
  clock_.SetBack(absl::Hours(5));
  EXPECT_THAT(Why(), HasSubstr("which this machine's clock has not reached: set the clock"));
  transport_.answer = [](const std::string&) { return absl::UnavailableError("away"); };
  keeper_->Look();
  EXPECT_EQ(transport_.asked, 2);
}

TEST_F(StampKeeperTest, ALogInWhichNothingHappensKeepsTheFirstAndTheLastStampOfItsHead) {
  const absl::Time first = clock_.Now();
  for (int i = 0; i < 4; ++i) {
    keeper_->Look();
    clock_.Advance(kCadence);
  }
  std::string text;
  ASSERT_TRUE(store_->log()
                  .rows()
                  .Export(kFederationProject,
                          [&](absl::string_view line) {
                            if (line.substr(0, 7) == "stamp: ") absl::StrAppend(&text, line);
                            return absl::OkStatus();
                          })
                  .ok());
  const SignedLogHead head = *store_->log().rows().LastHead(kFederationProject);
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(ReadLogStamp(head, *ReadLogStampValue(lines[0].substr(7)))->time, first);
  EXPECT_EQ(ReadLogStamp(head, *ReadLogStampValue(lines[1].substr(7)))->time, first + kCadence * 3);
}

}  // namespace
}  // namespace accord
