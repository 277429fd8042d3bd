#include "client/daemon/session/backoff.h"

#include "gtest/gtest.h"

namespace accord {
namespace {

TEST(Backoff, GrowsByHalfFromAFifthOfASecondToThirtySeconds) {
  Backoff backoff([] { return 0.5; });
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(200));
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(300));
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(450));
  for (int i = 0; i < 100; ++i) backoff.Next();
  EXPECT_EQ(backoff.Next(), absl::Seconds(30));
}

TEST(Backoff, JittersByAFifthEitherWayAndNeverExceedsTheLongest) {
  Backoff early([] { return 0.0; });
  Backoff late([] { return 0.999999; });
  EXPECT_EQ(early.Next(), absl::Milliseconds(160));
  const absl::Duration first = late.Next();
  EXPECT_GT(first, absl::Milliseconds(239));
  EXPECT_LE(first, absl::Milliseconds(240));
  for (int i = 0; i < 100; ++i) EXPECT_LE(late.Next(), absl::Seconds(30));
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff([] { return 0.5; });
  for (int i = 0; i < 10; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(200));
}

TEST(Backoff, FindsACoordinatorWithinAThirdOfItsOutage) {
  Backoff backoff([] { return 0.5; });
  absl::Duration outage = absl::ZeroDuration();
  for (absl::Duration delay = backoff.Next(); outage < absl::Seconds(10); delay = backoff.Next()) {
    outage += delay;
    EXPECT_LE(delay, outage * 0.4 + absl::Milliseconds(200));
  }
}

}  // namespace
}  // namespace accord
