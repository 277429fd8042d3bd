#include "coordinator/store/shared_read.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "coordinator/store/member_keys.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

constexpr int kOthers = 7;
constexpr absl::Duration kSharedReadNow = absl::Seconds(100);
constexpr absl::Duration kCounts = absl::Seconds(2);
constexpr absl::Duration kPatience = absl::Seconds(20);  // of a test that is about to fail

// Tells when all others wait.
class Waiters {
 public:
  std::function<void()> Count() {
    return [this] {
      if (++waiting_ == kOthers) all_.Notify();
    };
  }
  bool AllCame() { return all_.WaitForNotificationWithTimeout(kPatience); }

 private:
  std::atomic<int> waiting_ = 0;
  absl::Notification all_;
};

// What each of kOthers calls says that come while one `read` runs, which ends in `result`; and how many read.
std::vector<absl::Status> AtOnce(const absl::Status& result, std::atomic<int>& num_reads) {
  Waiters waiters;
  SharedRead shared(kCounts, waiters.Count());
  std::vector<absl::Status> found(kOthers);
  std::vector<std::thread> others;
  const absl::Status first = shared.Fresh(kSharedReadNow, [&] {
    ++num_reads;
    for (absl::Status& status : found) {
      others.emplace_back([&shared, &status, &num_reads] {
        status = shared.Fresh(kSharedReadNow + absl::Seconds(1), [&num_reads] {
          ++num_reads;
          return absl::OkStatus();
        });
      });
    }
    EXPECT_TRUE(waiters.AllCame()) << "they wait for the one that reads";
    return result;
  });
  for (std::thread& other : others) other.join();
  EXPECT_EQ(first, result);
  return found;
}

TEST(SharedRead, ThoseWhoComeMeanwhileTakeWhatTheFirstOneFound) {
  std::atomic<int> num_reads = 0;
  for (const absl::Status& status : AtOnce(absl::OkStatus(), num_reads)) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(num_reads, 1);
}

TEST(SharedRead, TheySufferItsErrorTooAndWhoeverComesLaterReadsAnew) {
  std::atomic<int> num_reads = 0;
  const absl::Status broken = absl::InternalError("the disk is gone");
  for (const absl::Status& status : AtOnce(broken, num_reads)) EXPECT_EQ(status, broken);
  EXPECT_EQ(num_reads, 1);
  SharedRead shared(kCounts);
  EXPECT_EQ(shared.Fresh(kSharedReadNow, [&] { return broken; }), broken);
  EXPECT_TRUE(shared.Fresh(kSharedReadNow, [] { return absl::OkStatus(); }).ok()) << "an error is not kept";
}

TEST(SharedRead, WhatWasReadCountsForItsTime) {
  int num_reads = 0;
  const auto read = [&num_reads] {
    ++num_reads;
    return absl::OkStatus();
  };
  SharedRead shared(kCounts);
  for (const absl::Duration now : {kSharedReadNow, kSharedReadNow + kCounts - absl::Milliseconds(1)}) {
    EXPECT_TRUE(shared.Fresh(now, read).ok());
    EXPECT_EQ(num_reads, 1);
  }
  EXPECT_TRUE(shared.Fresh(kSharedReadNow + kCounts, read).ok());
  EXPECT_EQ(num_reads, 2);
  shared.Note(kSharedReadNow + 3 * kCounts);
  EXPECT_TRUE(shared.Fresh(kSharedReadNow + 3 * kCounts, read).ok());
  EXPECT_EQ(num_reads, 2);
}

// A read that hangs: what it began with is too old for whoever comes long after.
TEST(SharedRead, WhoeverWaitedForALookThatIsTooOldByThenLooksItself) {
  absl::Notification waits;
  SharedRead shared(kCounts, [&waits] { waits.Notify(); });
  std::atomic<int> num_reads = 0;
  std::thread late;
  const absl::Status first = shared.Fresh(kSharedReadNow, [&] {
    late = std::thread([&] {
      EXPECT_TRUE(shared
                      .Fresh(kSharedReadNow + kCounts,
                             [&] {
                               ++num_reads;
                               return absl::OkStatus();
                             })
                      .ok());
    });
    EXPECT_TRUE(waits.WaitForNotificationWithTimeout(kPatience));
    return absl::InternalError("it hung");
  });
  late.join();
  EXPECT_FALSE(first.ok());
  EXPECT_EQ(num_reads, 1);
}

TEST(MemberKeysAtOnce, OneLooksIntoTheDatabaseForAllWhoCall) {
  const TemporaryFolder folder;
  auto database = Database::Open(folder.Path("coordinator.db"));
  ASSERT_TRUE(database.ok()) << database.status();
  Waiters waiters;
  MemberKeys keys(**database, nullptr, waiters.Count());
  std::vector<std::thread> calls;
  // Nobody reads until this is over.
  ASSERT_TRUE((*database)
                  ->Read("hold",
                         [&](soci::session&) {
                           for (int i = 0; i < kOthers + 1; ++i) {
                             calls.emplace_back(
                                 [&] { EXPECT_TRUE(keys.CheckNow("site/va", "key", kSharedReadNow).ok()); });
                           }
                           EXPECT_TRUE(waiters.AllCame()) << "one of them reads, and the others wait for it";
                           return absl::OkStatus();
                         })
                  .ok());
  for (std::thread& call : calls) call.join();
}

// Attack: whoever has a key that stands no more calls in the moment in which the coordinator learns of it.
TEST(MemberKeysAtOnce, ALookCountsOnlyWhenWhatItFoundIsKnown) {
  const TemporaryFolder folder;
  auto database = Database::Open(folder.Path("coordinator.db"));
  ASSERT_TRUE(database.ok()) << database.status();
  const auto certify = [&](absl::string_view key) {
    return (*database)->Write("certify", [key](soci::session& sql) {
      MemberKeys::CertifyIn(sql, "site/va", key);
      return absl::OkStatus();
    });
  };
  std::function<void()> while_one_waits;
  MemberKeys keys(**database, nullptr, [&] { while_one_waits(); });
  ASSERT_TRUE(certify("old").ok() && keys.Refresh().ok() && certify("new").ok());
  absl::Notification one_waits;
  // As long as this lasts no look can be noted, so that the one in flight has to know the change before it tries.
  while_one_waits = [&] {
    one_waits.Notify();
    const absl::Time end = absl::Now() + kPatience;
    while (keys.Check("site/va", "old").ok() && absl::Now() < end) std::this_thread::yield();
    EXPECT_FALSE(keys.Check("site/va", "old").ok()) << "the look would count before what it found does";
  };
  std::vector<std::thread> calls;
  const absl::Status held = (*database)->Read("hold", [&](soci::session&) {
    for (int i = 0; i < 2; ++i) {
      calls.emplace_back([&] {
        EXPECT_EQ(keys.CheckNow("site/va", "old", kSharedReadNow).code(), absl::StatusCode::kPermissionDenied);
      });
    }
    EXPECT_TRUE(one_waits.WaitForNotificationWithTimeout(kPatience)) << "one of them reads, and the other waits for it";
    return absl::OkStatus();
  });
  EXPECT_TRUE(held.ok()) << held;
  for (std::thread& call : calls) call.join();
}

}  // namespace
}  // namespace accord
