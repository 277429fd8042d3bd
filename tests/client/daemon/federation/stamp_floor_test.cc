#include "client/daemon/federation/stamp_floor.h"

#include <memory>
#include <string>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/shown_log.h"
#include "tests/temporary_folder.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

// A coordinator that shows stamps of a real authority, and lies.
class StampFloorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(WriteFileAtomically(folder_.Path("tsa.pem"), tsa_.roots_pem()).ok());
    v1::TimeStampFloor& floor = *config_.mutable_floors()->mutable_require_time_stamps();
    floor.set_authority(folder_.Path("tsa.pem"));
    floor.set_max_age_s(3600);
    floor_ = StampFloor::Open(config_, clock_).value();
  }
  // On the head of `size` entries, with the proof to that of `named`.
  v1::LogStamp StampOn(const ExampleLog& log, uint64_t size, uint64_t named, absl::Duration age = absl::Minutes(1)) {
    v1::LogStamp stamp;
    *stamp.mutable_head() = HeadOnWire(log, size);
    stamp.set_token(tsa_.Stamp(log.SignedHead(size), clock_.Now() - age));
    if (size != named) *stamp.mutable_proof() = ProofOnWire(log, size, named);
    return stamp;
  }
  absl::Status Take(const v1::LogStamp& stamp, const ExampleLog& log, uint64_t named) {
    return floor_->Take(&stamp, HeadOnWire(log, named), log_.identity());
  }

  TemporaryFolder folder_;
  ManualClock clock_{absl::FromUnixMicros(static_cast<int64_t>(ExampleLog::kStartUs)) + absl::Hours(2)};
  const TestStampAuthority tsa_;
  v1::SiteConfig config_;
  std::unique_ptr<StampFloor> floor_;
  const ExampleLog log_{"federation", 30};
};

TEST_F(StampFloorTest, TakesALateStampOnAHeadThatThePlansHeadContinues) {
  EXPECT_EQ(floor_->InWords(), "no time stamp was taken yet");
  EXPECT_TRUE(Take(StampOn(log_, 12, 20), log_, 20).ok());
  EXPECT_TRUE(Take(StampOn(log_, 20, 20), log_, 20).ok());
  // An attempt that began under an earlier head than the one that was stamped since.
  const absl::Status taken = Take(StampOn(log_, 25, 20), log_, 20);
  EXPECT_TRUE(taken.ok()) << taken;
  EXPECT_EQ(floor_->InWords(), "stamped 2023-11-15 00:12:20 UTC by CN=Test Stamps");
}

TEST_F(StampFloorTest, WithoutAStampNothingIsTaken) {
  const absl::Status taken = floor_->Take(nullptr, HeadOnWire(log_, 20), log_.identity());
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("shows no time stamp on the federation's log"));
}

TEST_F(StampFloorTest, AnOldStampIsNotEnough) {
  EXPECT_TRUE(Take(StampOn(log_, 20, 20, absl::Hours(1)), log_, 20).ok());
  const absl::Status taken = Take(StampOn(log_, 20, 20, absl::Hours(1) + absl::Seconds(1)), log_, 20);
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("expected one that is at most 1h old"));
}

// The log's first head, or any old one, stamped anew each day would leave all that came later to the log's key alone.
TEST_F(StampFloorTest, AFreshStampOnLessThanPlansHadNamedByThenIsNotEnough) {
  ASSERT_TRUE(Take(StampOn(log_, 20, 20), log_, 20).ok());
  clock_.Advance(kStampDelay);
  EXPECT_TRUE(Take(StampOn(log_, 12, 20), log_, 20).ok()) << "it may have been under way when 20 was named";
  clock_.Advance(absl::Minutes(2));
  const absl::Status taken = Take(StampOn(log_, 12, 20), log_, 20);
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(taken.message()),
              HasSubstr("is on the log of 12 entries, when plans had named 20 entries already"));
  EXPECT_TRUE(Take(StampOn(log_, 12, 20, absl::Minutes(30)), log_, 20).ok()) << "a stamp of before";
  clock_.Advance(absl::Hours(10));
  EXPECT_TRUE(Take(StampOn(log_, 20, 20), log_, 20).ok()) << "a log that rests is stamped anew";
  EXPECT_FALSE(Take(StampOn(log_, 12, 20), log_, 20).ok());
}

TEST_F(StampFloorTest, ALogThatTheFederationBeganAnewIsHeldAgainstItselfAlone) {
  ASSERT_TRUE(Take(StampOn(log_, 20, 20), log_, 20).ok());
  clock_.Advance(absl::Hours(3));
  const ExampleLog anew("federation", 5);
  const v1::LogStamp stamp = StampOn(anew, 3, 5);
  const absl::Status taken = floor_->Take(&stamp, HeadOnWire(anew, 5), anew.identity());
  EXPECT_TRUE(taken.ok()) << taken;
}

TEST_F(StampFloorTest, AStampFromTheFutureSaysNothing) {
  EXPECT_TRUE(Take(StampOn(log_, 20, 20, -absl::Minutes(5)), log_, 20).ok());
  const absl::Status taken = Take(StampOn(log_, 20, 20, -absl::Minutes(6)), log_, 20);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("which this machine's clock has not reached"));
}

TEST_F(StampFloorTest, AStampOnAnotherHeadIsFound) {
  v1::LogStamp stamp = StampOn(log_, 12, 20);
  *stamp.mutable_head() = HeadOnWire(log_, 13);
  *stamp.mutable_proof() = ProofOnWire(log_, 13, 20);
  EXPECT_THAT(std::string(Take(stamp, log_, 20).message()), HasSubstr("something else than this head"));
}

TEST_F(StampFloorTest, AStampOfAnotherAuthorityIsFound) {
  const TestStampAuthority stranger;
  v1::LogStamp stamp = StampOn(log_, 20, 20);
  stamp.set_token(stranger.Stamp(log_.SignedHead(20), clock_.Now()));
  const absl::Status taken = Take(stamp, log_, 20);
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnauthenticated) << taken;
}

TEST_F(StampFloorTest, AHeadThatTheLogsKeyNeverSignedIsFound) {
  const ExampleLog other("federation", 30);
  EXPECT_FALSE(Take(StampOn(other, 20, 20), log_, 20).ok());
  v1::LogStamp stamp = StampOn(log_, 20, 20);
  (*stamp.mutable_head()->mutable_signature())[5] ^= 1;
  stamp.set_token(tsa_.Stamp({stamp.head().head(), stamp.head().signature()}, clock_.Now()));
  EXPECT_EQ(Take(stamp, log_, 20).code(), absl::StatusCode::kUnauthenticated);
}

// The keeper of the log forks it, dates the fork back, and shows the stamp that the true log has: the fork's head does
// not continue what was stamped, whatever proof comes with it.
TEST_F(StampFloorTest, AForkThatIsDatedBackIsNotTheLogThatWasStamped) {
  const ExampleLog fork = ForkOf(log_, 10, 30);
  for (const v1::LogProof& proof : {ProofOnWire(fork, 20, 25), ProofOnWire(log_, 20, 25), v1::LogProof()}) {
    v1::LogStamp stamp = StampOn(log_, 20, 20);
    *stamp.mutable_proof() = proof;
    const absl::Status taken = Take(stamp, fork, 25);
    EXPECT_THAT(std::string(taken.message()), HasSubstr("is not shown to be of the log whose head of 25 entries"));
  }
  // Of one size no proof is needed, and the roots tell.
  EXPECT_FALSE(Take(StampOn(log_, 20, 20), fork, 20).ok());
}

TEST_F(StampFloorTest, WithoutTheProofBetweenBothHeadsNothingIsTaken) {
  v1::LogStamp stamp = StampOn(log_, 12, 20);
  stamp.clear_proof();
  EXPECT_EQ(Take(stamp, log_, 20).code(), absl::StatusCode::kUnavailable);
  stamp = StampOn(log_, 12, 20);
  stamp.mutable_proof()->mutable_hashes(0)->resize(31);
  EXPECT_FALSE(Take(stamp, log_, 20).ok());
}

TEST_F(StampFloorTest, AHeadThatSaysItWasSignedAfterItsStampIsFound) {
  clock_ = ManualClock(absl::FromUnixMicros(static_cast<int64_t>(ExampleLog::kStartUs)) - absl::Minutes(5));
  EXPECT_THAT(std::string(Take(StampOn(log_, 20, 20), log_, 20).message()), HasSubstr("signed later"));
}

TEST_F(StampFloorTest, SaysWhatIsWrongWithTheConfig) {
  v1::SiteConfig silent;
  EXPECT_EQ(*StampFloor::Open(silent, clock_), nullptr);
  config_.mutable_floors()->mutable_require_time_stamps()->set_authority(folder_.Path("none.pem"));
  EXPECT_THAT(std::string(StampFloor::Open(config_, clock_).status().message()),
              HasSubstr("floors.require_time_stamps.authority"));
}

}  // namespace
}  // namespace accord
