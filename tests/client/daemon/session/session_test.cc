#include "client/daemon/session/session.h"

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/fake_coordinator.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

// Remembers how the first connection went.
class FirstConnection : public SessionListener {
 public:
  void OnConnected(const std::shared_ptr<grpc::Channel>&, const v1::Welcome& welcome) override {
    if (over_.HasBeenNotified()) return;
    welcome_ = welcome;
    over_.Notify();
  }
  void OnMessage(const v1::CoordinatorMessage&) override {}
  void OnDisconnected(const std::string& reason, absl::Duration) override {
    if (over_.HasBeenNotified()) return;
    reason_ = reason;
    over_.Notify();
  }

  // What the coordinator welcomed this site with; fails the test, with the reason, if there was no welcome.
  v1::Welcome Await() {
    EXPECT_TRUE(over_.WaitForNotificationWithTimeout(kTestPatience));
    EXPECT_EQ(reason_, "");
    return welcome_;
  }

 private:
  absl::Notification over_;
  v1::Welcome welcome_;
  std::string reason_;
};

class SessionTest : public ::testing::Test {
 protected:
  // Whether a session takes a welcome with so many bytes of roster, whole.
  void ExpectWelcomed(size_t roster_bytes) {
    const std::string roster(roster_bytes, 'r');
    FakeCoordinator coordinator;
    coordinator.WelcomeWithRoster(roster);
    FirstConnection connection;
    Session session({[&] { return coordinator.MakeChannel(); }, [] { return 0.5; }, {}}, connection);
    session.Start(v1::Hello());
    EXPECT_TRUE(connection.Await().signed_roster() == roster) << roster_bytes << " bytes, too long to be printed";
  }
};

TEST_F(SessionTest, IsWelcomedWithTheLargestRosterThatACoordinatorPublishes) {
  ExpectWelcomed(kMaxPublishedRosterBytes);
}

// gRPC itself would take 4 MiB; the keys of a large epoch are more.
TEST_F(SessionTest, TakesMessagesUpToTheLimitThatThePageOfTheWireNames) {
  ExpectWelcomed((size_t{64} << 20) - 100);  // beside the roster there are some fields
}

}  // namespace
}  // namespace accord
