#include "coordinator/store/shared_read.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
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

}  // namespace
}  // namespace accord
