#include "coordinator/server/queued_papers.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace accord {
namespace {

std::shared_ptr<const v1::CoordinatorMessage> PapersOf(const std::string& job_id, const std::string& order) {
  auto message = std::make_shared<v1::CoordinatorMessage>();
  message->mutable_job_papers()->set_job_id(job_id);
  message->mutable_job_papers()->set_order(order);
  return message;
}

TEST(QueuedPapers, TakeThePlaceOfThoseOfTheSameJobThatAreNotOnTheirWay) {
  auto plan = std::make_shared<v1::CoordinatorMessage>();
  plan->mutable_plan();
  MessageQueue queue = {PapersOf("a1", "on its way"), PapersOf("a1", "old"), PapersOf("b2", "other"), plan};
  auto papers = PapersOf("a1", "new");
  EXPECT_TRUE(ReplacePapers(queue, 1, papers));
  ASSERT_EQ(queue.size(), 4u);
  EXPECT_EQ(queue[0]->job_papers().order(), "on its way");
  EXPECT_EQ(queue[1]->job_papers().order(), "new");
  EXPECT_EQ(queue[2]->job_papers().order(), "other");
}

TEST(QueuedPapers, ReplaceNothingElse) {
  auto plan = std::make_shared<v1::CoordinatorMessage>();
  plan->mutable_plan();
  MessageQueue queue = {PapersOf("a1", "on its way"), plan};
  auto papers = PapersOf("a1", "new");
  EXPECT_FALSE(ReplacePapers(queue, 1, papers));
  EXPECT_NE(papers, nullptr);
  std::shared_ptr<const v1::CoordinatorMessage> other = plan;
  EXPECT_FALSE(ReplacePapers(queue, 0, other));
  MessageQueue empty;
  EXPECT_FALSE(ReplacePapers(empty, 1, papers));
}

}  // namespace
}  // namespace accord
