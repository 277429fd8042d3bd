#include "coordinator/server/send_queue.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<const v1::CoordinatorMessage> PapersOf(const std::string& job_id, const std::string& order) {
  auto message = std::make_shared<v1::CoordinatorMessage>();
  message->mutable_job_papers()->set_job_id(job_id);
  message->mutable_job_papers()->set_order(order);
  return message;
}

std::shared_ptr<const v1::CoordinatorMessage> Rosters(const std::string& bytes) {
  auto message = std::make_shared<v1::CoordinatorMessage>();
  message->mutable_roster_chain()->add_signed_rosters(bytes);
  return message;
}

std::shared_ptr<const v1::CoordinatorMessage> Plan(const std::string& purpose = "") {
  auto message = std::make_shared<v1::CoordinatorMessage>();
  message->mutable_plan()->mutable_id()->set_job_id(purpose);
  return message;
}

// What comes out, in words.
std::vector<std::string> Emptied(SendQueue& queue) {
  std::vector<std::string> words;
  while (!queue.empty()) {
    const auto message = queue.Pop();
    words.push_back(message->has_job_papers()     ? message->job_papers().order()
                    : message->has_roster_chain() ? message->roster_chain().signed_rosters(0)
                                                  : "plan");
  }
  return words;
}

TEST(SendQueue, PapersTakeThePlaceOfThoseOfTheSameJobThatStillWait) {
  SendQueue queue;
  for (const auto& message : {PapersOf("a1", "old"), PapersOf("b2", "other"), Plan(), PapersOf("a1", "new")}) {
    EXPECT_TRUE(queue.Push(message).ok());
  }
  EXPECT_THAT(Emptied(queue), ElementsAre("new", "other", "plan"));
}

TEST(SendQueue, WhatIsOnItsWayIsNotReplaced) {
  SendQueue queue;
  EXPECT_TRUE(queue.Push(PapersOf("a1", "on its way")).ok());
  EXPECT_EQ(queue.Pop()->job_papers().order(), "on its way");
  EXPECT_TRUE(queue.Push(Plan()).ok());
  EXPECT_TRUE(queue.Push(PapersOf("a1", "new")).ok());
  EXPECT_THAT(Emptied(queue), ElementsAre("plan", "new"));
}

TEST(SendQueue, AnAnswerAboutRostersTakesThePlaceOfAnEarlierOne) {
  SendQueue queue;
  EXPECT_TRUE(queue.Push(Rosters("old")).ok());
  EXPECT_TRUE(queue.Push(Plan()).ok());
  const std::string large(size_t{3} << 20, 'r');
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(queue.Push(Rosters(large)).ok()) << i;
  EXPECT_LT(queue.num_bytes(), size_t{4} << 20);
  EXPECT_THAT(Emptied(queue), ElementsAre(large, "plan"));
  EXPECT_EQ(queue.num_bytes(), 0u);
}

TEST(SendQueue, TakesNoMoreThanItsBytes) {
  SendQueue queue;
  const auto large = Plan(std::string(size_t{8} << 20, 'p'));
  for (int i = 0; i < 31; ++i) EXPECT_TRUE(queue.Push(large).ok()) << i;
  const absl::Status full = queue.Push(large);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << "with what is around it this is more than 256 MiB";
  EXPECT_THAT(full.message(), HasSubstr("does not read what it is sent: 31 messages of 2600"));
  EXPECT_TRUE(queue.Push(Plan()).ok());
  queue.Pop();
  EXPECT_TRUE(queue.Push(large).ok()) << "there is room again";
  queue.Clear();
  EXPECT_EQ(queue.num_bytes(), 0u);
}

TEST(SendQueue, PapersOfManyJobsAllHaveRoom) {
  SendQueue queue;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(queue.Push(PapersOf(std::to_string(i), std::string(size_t{64} << 10, 'o'))).ok()) << i;
  }
  EXPECT_EQ(queue.num_bytes(), 0u);
}

TEST(SendQueue, TakesNoMoreThanItsMessages) {
  SendQueue queue;
  EXPECT_TRUE(queue.Push(PapersOf("a1", "old")).ok());
  for (size_t i = 1; i < SendQueue::kMaxMessages; ++i) ASSERT_TRUE(queue.Push(Plan()).ok()) << i;
  EXPECT_EQ(queue.Push(Plan()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(queue.Push(PapersOf("a1", "new")).ok()) << "it takes no room";
}

}  // namespace
}  // namespace accord
