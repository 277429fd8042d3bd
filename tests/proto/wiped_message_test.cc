#include "proto/transfer/wiped_message.h"

#include <deque>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "tests/base/freed_memory.h"

namespace accord {
namespace {

static_assert(!std::is_copy_constructible_v<WipedMessage>);

v1::SiteMessage WithSeeds() {
  v1::SiteMessage message;
  message.mutable_reveal_answer()->set_seeds(std::string(FreedMemory::kWatchedSize - 1, 's'));
  return message;
}

TEST(WipedMessage, SeedsAreOverwrittenBeforeTheirMemoryIsGivenBack) {
  auto message = std::make_unique<WipedMessage>(WithSeeds());
  const FreedMemory freed;
  message.reset();
  EXPECT_EQ(freed.num_wiped(), 1);
  EXPECT_EQ(freed.num_readable(), 0);
}

// From hand to hand, as a session does.
TEST(WipedMessage, MovingLeavesNoCopyBehind) {
  v1::SiteMessage made = WithSeeds();
  const FreedMemory freed;
  {
    std::deque<WipedMessage> queue;
    WipedMessage message(std::move(made));
    queue.push_back(std::move(message));
    EXPECT_EQ(queue.front().get().reveal_answer().seeds().size(), FreedMemory::kWatchedSize - 1);
  }
  EXPECT_EQ(freed.num_wiped(), 1) << "the one there ever was";
  EXPECT_EQ(freed.num_readable(), 0);
}

TEST(WipedMessage, OtherMessagesAreLeftAsTheyAre) {
  v1::SiteMessage message;
  message.mutable_refusal()->set_reason("no");
  WipeSeeds(message);
  EXPECT_EQ(message.refusal().reason(), "no");
}

}  // namespace
}  // namespace accord
