#include "client/daemon/federation/roster_pin.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class RosterPin : public ::testing::Test {
 protected:
  FederationFolder folder_;
  const StateFolder state_ = folder_.State();
  const Roster roster_ = FourHospitals().Listed();
  const std::string hash_ = HexDigest(roster_.hash());
};

TEST_F(RosterPin, StepsThatWereSignedAreKeptAndADamagedFileIsSaid) {
  EXPECT_TRUE(ReadSignedSteps(state_)->empty());
  const SignedSteps steps = {{std::string(64, 'a'), hash_}, {std::string(64, 'b'), std::string(64, 'c')}};
  for (const auto& [previous, hash] : steps) ASSERT_TRUE(NoteSignedStep(state_, previous, hash, false).ok());
  EXPECT_EQ(*ReadSignedSteps(state_), steps);
  const std::string good = *ReadFile(state_.SignedStepFile());
  for (const std::string& text : {std::string(), good.substr(1), good.substr(65), good + good, good + "\n"}) {
    ASSERT_TRUE(WriteFileAtomically(state_.SignedStepFile(), text).ok());
    EXPECT_TRUE(absl::IsDataLoss(ReadSignedSteps(state_).status())) << text;
  }
}

TEST_F(RosterPin, StepsThatAreSignedAtOnceAreAllKeptAndOfTwoThatFollowTheSameOneIsOneRefused) {
  constexpr int kCommands = 16;
  const auto named = [](char kind, int i) { return HexDigest(Sha256(std::string(i + 1, kind))); };
  std::atomic<int> taken = 0;
  std::vector<std::thread> commands;
  for (int i = 0; i < kCommands; ++i) {
    commands.emplace_back([&, i] {
      EXPECT_TRUE(NoteSignedStep(state_, named('a', i), named('b', i), false).ok());
      const absl::Status second = NoteSignedStep(state_, hash_, named('c', i), false);
      taken += second.ok() ? 1 : 0;
      if (second.ok()) return;
      EXPECT_THAT(std::string(second.message()), HasSubstr("has signed another roster"));
    });
  }
  for (std::thread& command : commands) command.join();
  EXPECT_EQ(taken, 1);
  const auto steps = ReadSignedSteps(state_);
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_EQ(steps->size(), kCommands + 1u);
  EXPECT_TRUE(NoteSignedStep(state_, hash_, named('d', 0), true).ok()) << "--replace";
  EXPECT_EQ(ReadSignedSteps(state_)->at(hash_), named('d', 0));
}

TEST_F(RosterPin, IsNotMovedOverOneThatWasPinnedMeanwhile) {
  const Roster other = FourHospitals().Listed(), next = FourHospitals().Listed();
  ASSERT_TRUE(PinRoster(state_, roster_).ok());
  ASSERT_TRUE(PinRoster(state_, other).ok());  // by an officer, while the daemon looks at `next`
  EXPECT_TRUE(absl::IsFailedPrecondition(MovePin(state_, hash_, next)));
  EXPECT_EQ(ReadPinnedRoster(state_)->hash(), other.hash());
  EXPECT_TRUE(MovePin(state_, HexDigest(other.hash()), next).ok());
  EXPECT_EQ(ReadPinnedRoster(state_)->hash(), next.hash());
}

TEST_F(RosterPin, IsNoneAtFirst) {
  EXPECT_EQ(*ReadRosterPin(state_, ""), "");
  EXPECT_FALSE(ReadPinnedRoster(state_).has_value());
}

TEST_F(RosterPin, KeepsHashAndExactBytes) {
  ASSERT_TRUE(PinRoster(state_, roster_).ok());
  EXPECT_EQ(*ReadFile(state_.RosterPinFile()), hash_ + "\n");
  EXPECT_EQ(*ReadFile(state_.RosterFile()), roster_.bytes());
  EXPECT_EQ(*ReadRosterPin(state_, ""), hash_);
  EXPECT_EQ(ReadPinnedRoster(state_)->hash(), roster_.hash());
}

TEST_F(RosterPin, OfTheConfigAloneCountsToo) {
  EXPECT_EQ(*ReadRosterPin(state_, hash_), hash_);
  EXPECT_FALSE(ReadPinnedRoster(state_).has_value());
}

TEST_F(RosterPin, OfTheConfigMustBeThatOfTheStateFolder) {
  ASSERT_TRUE(PinRoster(state_, roster_).ok());
  EXPECT_EQ(*ReadRosterPin(state_, hash_), hash_);
  const auto other = ReadRosterPin(state_, std::string(64, 'a'));
  EXPECT_EQ(other.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("roster_sha256: aaaa"));
}

TEST_F(RosterPin, ThatIsDamagedPinsNothing) {
  ASSERT_TRUE(PinRoster(state_, roster_).ok());
  for (const std::string& text : {std::string(), hash_.substr(1), hash_ + "\n\n", hash_ + " ", std::string(200, 'a')}) {
    ASSERT_TRUE(WriteFileAtomically(state_.RosterPinFile(), text).ok());
    EXPECT_FALSE(ReadRosterPin(state_, "").ok()) << text;
    EXPECT_FALSE(ReadRosterPin(state_, hash_).ok()) << text;
    EXPECT_FALSE(ReadPinnedRoster(state_).has_value()) << text;
  }
}

TEST_F(RosterPin, StaysTheEarlierOneWhenAStopComesBetweenTheTwoFiles) {
  ASSERT_TRUE(PinRoster(state_, roster_).ok());
  // The bytes of the next roster are written, its hash is not yet.
  ASSERT_TRUE(WriteFileAtomically(state_.RosterFile(), FourHospitals().Bytes()).ok());
  EXPECT_EQ(*ReadRosterPin(state_, ""), hash_);
  EXPECT_FALSE(ReadPinnedRoster(state_).has_value());
}

}  // namespace
}  // namespace accord
