#include "client/daemon/training/line_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace accord {
namespace {

using ::testing::ElementsAre;

class LineLogTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  ManualClock clock_;
  LineLog log_{"trainer", [this](const std::string&, const std::string& line) { lines_.push_back(line); }, clock_};
};

TEST_F(LineLogTest, LinesAreCutWhereTheyEndHoweverTheyArrive) {
  log_.Add("one\ntw");
  log_.Add("o\nthree");
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
  log_.Finish();
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(LineLogTest, ControlCharactersCannotReachATerminal) {
  log_.Add("\x1b[2J\rfaked\x9b\n");
  EXPECT_THAT(lines_, ElementsAre("?[2J?faked?"));
}

TEST_F(LineLogTest, AnEndlessLineIsCut) {
  log_.Add(std::string(LineLog::kMaxBytes + 1, 'x'));
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].size(), LineLog::kMaxBytes);
}

TEST_F(LineLogTest, AFloodIsLeftOutAndCounted) {
  for (int i = 0; i < LineLog::kMaxLinesPerMinute + 5; ++i) log_.Add("again\n");
  EXPECT_EQ(lines_.size(), static_cast<size_t>(LineLog::kMaxLinesPerMinute));
  clock_.Advance(absl::Minutes(1));
  log_.Add("later\n");
  EXPECT_EQ(lines_[lines_.size() - 2], "(5 lines left out)");
  EXPECT_EQ(lines_.back(), "later");
}

}  // namespace
}  // namespace accord
