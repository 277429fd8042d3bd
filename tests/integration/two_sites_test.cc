// Secure sums of two sites, which expose each to the other: they run where the job and both sites say so, else not.
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

using testing::Contains;
using testing::HasSubstr;

class TwoSites : public RunningFederation {};

TEST_F(TwoSites, SumInSecretWhereTheJobAndBothConfigsSaySo) {
  Share(2);
  bench::TrivialJob job;
  ASSERT_THAT(job.Yaml(), HasSubstr("two_sites: true"));
  const v1::JobReport secure = Finish(Submit(job.Yaml()));
  job.plain_sum = true;
  EXPECT_EQ(secure.model_digest(), Finish(Submit(job.Yaml())).model_digest());
  EXPECT_EQ(secure.rounds_done(), 5u);
  EXPECT_THAT(secure.rounds(0).protection(), HasSubstr("2 of 2 sites sign"));
  EXPECT_THAT(secure.rounds(0).protection(), HasSubstr("each of the two can compute the other's vector"));
  EXPECT_THAT(secure.notes(), Contains(HasSubstr("each of them can work out the other's vector")));
}

TEST_F(TwoSites, AreRefusedByTheOneWhoseConfigDoesNotSaySo) {
  std::vector<bench::SiteSetup> sites = bench::TrivialSites(2);
  sites[1].allow_two_sites = false;
  Start(sites);
  const std::string yaml =
      absl::StrReplaceAll(bench::TrivialJob().Yaml(), {{"patience_s:", "max_attempts: 1, patience_s:"}});
  const v1::JobReport report = Await(Submit(yaml), bench::IsFinal);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_EQ(report.rounds_done(), 0u);
  EXPECT_THAT(report.reason(), HasSubstr("site-2: with two sites each can compute the other's vector"));
  EXPECT_THAT(report.reason(), HasSubstr("this site's configuration does not allow that"));
}

TEST_F(TwoSites, AreRefusedAtSubmissionWhereTheJobDoesNotSaySo) {
  Share(2);
  const std::string yaml = absl::StrReplaceAll(bench::TrivialJob().Yaml(), {{", two_sites: true", ""}});
  EXPECT_THAT(std::string(federation_->Submit(yaml).status().message()),
              HasSubstr("each of two sites learns the other's numbers from their sum"));
}

}  // namespace
}  // namespace accord
