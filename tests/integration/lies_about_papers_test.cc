// What a coordinator may change in the papers of a job on their way to a site, over real daemons. Each ends the same
// way: the site refuses by itself, its signed reason is checked by somebody who has nothing but the roster, nothing was
// trained and nothing left.
#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class LiesAboutPapers : public LiedToFederation {};

TEST_F(LiesAboutPapers, AnOrderForAnotherPurposeThanTheEngineerSignedIsRefused) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  liar_->Tell([](const std::string& /*site*/, v1::CoordinatorMessage& message) {
    if (message.has_job_papers()) {
      std::string& order = *message.mutable_job_papers()->mutable_order();
      order = absl::StrReplaceAll(order, {{"purpose: measure-rounds", "purpose: measure-people"}});
    }
    return true;
  });
  const OrderedJob job = Order(JobYaml(), charter_);
  const auto files = governance_->PeoplesApprovals(job, charter_);
  ASSERT_TRUE(files.ok()) << files.status().message();
  const auto id = governance_->Submit(job, *files);
  ASSERT_TRUE(id.ok()) << id.status().message();
  for (size_t site = 0; site < kSites; ++site) {
    EXPECT_THAT(ExpectRefused(site, "not signed with the key of engineer", *id), HasSubstr(*id));
    ExpectNothingLeft(site);
  }
}

}  // namespace
}  // namespace accord
