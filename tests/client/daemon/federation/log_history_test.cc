#include "client/daemon/federation/log_history.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

constexpr absl::Duration kLongest = absl::Minutes(10);

TEST(LogHistory, KnowsNothingAtFirstAndNothingOfABegunMoment) {
  ManualClock clock;
  LogHistory history(kLongest, clock);
  EXPECT_EQ(history.EntriesBefore(absl::ZeroDuration()), 0u);
  history.Took(5);
  EXPECT_EQ(history.EntriesBefore(absl::ZeroDuration()), 5u);
  EXPECT_EQ(history.EntriesBefore(absl::Seconds(1)), 0u);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(history.EntriesBefore(absl::Seconds(1)), 5u);
}

TEST(LogHistory, FewerEntriesChangeNothingAndAnotherLogBeginsAnew) {
  ManualClock clock;
  LogHistory history(kLongest, clock);
  history.Took(9);
  clock.Advance(absl::Minutes(20));
  history.Took(6);
  EXPECT_EQ(history.EntriesBefore(kLongest), 9u) << "an hour-old look at more is not undone by one at less";
  history.StartAgain();
  EXPECT_EQ(history.EntriesBefore(absl::ZeroDuration()), 0u);
}

TEST(LogHistory, WhatStoodForLongIsNotLostToWhatFollows) {
  ManualClock clock;
  LogHistory history(kLongest, clock);
  history.Took(6);
  history.Took(9);
  clock.Advance(absl::Hours(5));
  history.Took(11);
  history.Took(12);
  EXPECT_EQ(history.EntriesBefore(kLongest), 9u);
  EXPECT_EQ(history.EntriesBefore(absl::Hours(5)), 9u);
}

// Against all that was taken, one entry a second for an hour and then none.
TEST(LogHistory, IsNeverAheadOfTheTruthAndBehindItByAStepAtMost) {
  ManualClock clock;
  LogHistory history(kLongest, clock);
  std::vector<std::pair<absl::Duration, uint64_t>> all;
  const auto most_by = [&](absl::Duration moment) {
    uint64_t most = 0;
    for (const auto& [at, entries] : all) {
      if (at <= moment) most = std::max(most, entries);
    }
    return most;
  };
  for (uint64_t second = 0; second < 4'800; ++second) {
    if (second < 3'600) {
      history.Took(second + 1);
      all.emplace_back(clock.Monotonic(), second + 1);
    }
    if (second % 97 == 0) {
      for (const absl::Duration age : {absl::ZeroDuration(), absl::Seconds(90), absl::Minutes(5), kLongest}) {
        const uint64_t entries = history.EntriesBefore(age);
        EXPECT_LE(entries, most_by(clock.Monotonic() - age)) << second << " s, " << age;
        EXPECT_GE(entries, most_by(clock.Monotonic() - age - kLongest / LogHistory::kSteps)) << second << " s, " << age;
      }
    }
    clock.Advance(absl::Seconds(1));
  }
}

}  // namespace
}  // namespace accord
