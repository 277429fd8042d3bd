#include "client/daemon/work/turns.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/client/daemon/work/engine_fixture.h"

namespace accord {
namespace {

TEST(TurnsTest, SoManyBeginAtOnceAndTheOthersInTheOrderInWhichTheyAsked) {
  Turns turns(2);
  std::string begun;
  std::vector<std::unique_ptr<Turns::Turn>> held;
  for (const char name : {'a', 'b', 'c', 'd', 'e'}) {
    held.push_back(turns.Ask({.begin = [&begun, name] { begun += name; }, .waits = [] {}}));
  }
  EXPECT_EQ(begun, "ab");
  held[3] = nullptr;  // d does not wait any more
  EXPECT_EQ(begun, "ab");
  held[1] = nullptr;
  EXPECT_EQ(begun, "abc");
  held[0] = nullptr;
  EXPECT_EQ(begun, "abce");
}

TEST(TurnsTest, WhoWaitsIsToldSoAndWhoHasBegunIsNot) {
  Turns turns(1);
  absl::Mutex mutex;
  int begun = 0, waited = 0;
  const auto first = turns.Ask({.begin = [] {},
                                .waits =
                                    [&] {
                                      absl::MutexLock lock(&mutex);
                                      ++begun;
                                    }});
  const auto second = turns.Ask({.begin = [] {},
                                 .waits =
                                     [&] {
                                       absl::MutexLock lock(&mutex);
                                       ++waited;
                                     }});
  absl::MutexLock lock(&mutex);
  const auto told = [&] { return waited > 0; };
  EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&told), kTestPatience));
  EXPECT_EQ(begun, 0);
}

// One site of several in a process.
class SiteWithTurns : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    SiteEngineTest::Configure(options);
    options.turns = &turns_;
  }
  void TearDown() override {
    other_ = nullptr;
    SiteEngineTest::TearDown();
  }
  Turns turns_{1};
  std::unique_ptr<Turns::Turn> other_;  // another site's
};

TEST_F(SiteWithTurns, WaitsForItsTurnAndSaysMeanwhileThatItMoves) {
  other_ = turns_.Ask({.begin = [] {}, .waits = [] {}});
  Send(DrillPlan(10));
  coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_progress(); });
  EXPECT_EQ(trainers_.computations(), 0);
  other_ = nullptr;
  coordinator_.AwaitUpload();
}

TEST_F(SiteWithTurns, GivesItsTurnBackOnceTheVectorIsThereAndComputesAStepThatIsAskedForAgain) {
  Send(DrillPlan(10));
  const std::string sent = coordinator_.AwaitUpload();
  absl::Notification begun;
  other_ = turns_.Ask({.begin = [&] { begun.Notify(); }, .waits = [] {}});
  EXPECT_TRUE(begun.WaitForNotificationWithTimeout(kTestPatience));
  other_ = nullptr;
  SendEnd(DrillPlan(10), v1::PlanEnd::ABANDONED);
  Send(DrillPlan(10, 2));
  EXPECT_EQ(coordinator_.AwaitUpload(), sent);
  EXPECT_EQ(trainers_.computations(), 2);
}

}  // namespace
}  // namespace accord
