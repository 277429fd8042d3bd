#include "coordinator/governance/charter_in_force.h"

#include <cstdint>
#include <memory>

#include "gtest/gtest.h"

namespace accord {
namespace {

CharterState StateOf(int64_t roster, int64_t charter) {
  CharterState state;
  if (roster != 0) {
    auto published = std::make_shared<PublishedRoster>();
    published->ordinal = roster;
    state.roster = published;
  }
  if (charter != 0) {
    auto published = std::make_shared<PublishedCharter>();
    published->ordinal = charter;
    state.charter = published;
  }
  return state;
}

TEST(ACharterState, IsEarlierWhereRosterOrCharterIs) {
  const CharterState now = StateOf(2, 2);
  EXPECT_TRUE(IsEarlier(StateOf(2, 1), now));
  EXPECT_TRUE(IsEarlier(StateOf(1, 2), now));
  EXPECT_TRUE(IsEarlier(StateOf(2, 0), now));
  EXPECT_TRUE(IsEarlier(StateOf(0, 0), now));
  EXPECT_FALSE(IsEarlier(StateOf(2, 2), now));
  EXPECT_FALSE(IsEarlier(StateOf(3, 2), now));
  EXPECT_FALSE(IsEarlier(StateOf(2, 3), now));
}

}  // namespace
}  // namespace accord
