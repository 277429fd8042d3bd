#include "client/daemon/work/admission.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/drill.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

struct Case {
  std::string name;
  std::function<void(v1::Plan&)> change;
};

TEST(CheckPlan, AcceptsAPlanForThisSite) { EXPECT_TRUE(CheckPlan(DrillPlan(10), "basel").ok()); }

TEST(CheckPlan, RefusesWhatCannotBeActedOn) {
  const std::vector<Case> cases = {
      {"no job id", [](v1::Plan& plan) { plan.mutable_id()->clear_job_id(); }},
      {"a job id that no secure sum takes", [](v1::Plan& plan) { plan.mutable_id()->set_job_id("Job_1"); }},
      {"a job id that is a path", [](v1::Plan& plan) { plan.mutable_id()->set_job_id("../x"); }},
      {"a job id without end", [](v1::Plan& plan) { plan.mutable_id()->set_job_id(std::string(65, 'a')); }},
      {"a job hash that is none", [](v1::Plan& plan) { plan.set_job_sha256("zz"); }},
      {"a model hash that is none", [](v1::Plan& plan) { plan.set_model_digest(std::string(64, 'G')); }},
      {"a cohort without this site", [](v1::Plan& plan) { plan.set_cohort(0, "aarau"); }},
      {"an empty cohort", [](v1::Plan& plan) { plan.clear_cohort(); }},
      {"a cohort out of order", [](v1::Plan& plan) { plan.add_cohort("aarau"); }},
      {"a site twice", [](v1::Plan& plan) { plan.add_cohort("geneva"); }},
      {"no parameters",
       [](v1::Plan& plan) {
         plan.set_num_parameters(0);
         plan.set_model_bytes(0);
         plan.clear_model_inline();
       }},
      {"bytes that are not four a parameter", [](v1::Plan& plan) { plan.set_model_bytes(41); }},
      {"more than any model",
       [](v1::Plan& plan) {
         plan.set_num_parameters(kMaxModelBytes / 4 + 1);
         plan.set_model_bytes(kMaxModelBytes + 4);
       }},
      {"a product that wraps",
       [](v1::Plan& plan) {
         plan.set_num_parameters((uint64_t{1} << 62) + 10);
         plan.set_model_bytes(40);
       }},
      {"an inline model of another length", [](v1::Plan& plan) { plan.set_model_inline("abc"); }},
  };
  for (const Case& one : cases) {
    v1::Plan plan = DrillPlan(10);
    one.change(plan);
    EXPECT_EQ(CheckPlan(plan, "basel").code(), absl::StatusCode::kInvalidArgument) << one.name;
  }
}

TEST(CheckJob, AcceptsADrillAtAnySite) {
  EXPECT_TRUE(CheckJob(ValidDrillJob(10), DrillPlan(10), SiteConfigOf({})).ok());
}

TEST(CheckJob, TakesPlainSumsOnlyWhereTheSiteAllowsThem) {
  v1::SiteConfig config = SiteConfigOf({});
  config.mutable_floors()->set_allow_plain_sums(false);
  const absl::Status refused = CheckJob(ValidDrillJob(10), DrillPlan(10), config);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("floors: {allow_plain_sums: true}"));
}

TEST(CheckJob, RefusesADataSetThatIsNotReleased) {
  v1::JobSpec spec = ValidDrillJob(10);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_data()->set_name("heart");
  const absl::Status status = CheckJob(spec, DrillPlan(10), SiteConfigOf({"lungs"}));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(CheckJob, RefusesMoreThreadsOrMemoryThanTheSiteAllows) {
  v1::JobSpec spec = ValidDrillJob(10);
  spec.mutable_compute()->set_threads(3);
  EXPECT_EQ(CheckJob(spec, DrillPlan(10), SiteConfigOf({})).code(), absl::StatusCode::kFailedPrecondition);
  spec = ValidDrillJob(10);
  spec.mutable_compute()->set_memory_mib(5000);
  EXPECT_EQ(CheckJob(spec, DrillPlan(10), SiteConfigOf({})).code(), absl::StatusCode::kFailedPrecondition);
}

// The config alone would let each of them, and the policy alone as well.
TEST(CheckJob, HoldsAJobToTheSmallerOfConfigAndPolicy) {
  const ExampleFederation federation;
  const auto policy = SitePolicy::Parse(
      "data_sets: [{name: heart, purposes: [risk-of-disease]}]\nlimits:\n  threads: 2\n  memory_mib: 1000\n",
      "policy.yaml", federation.Written(), "va");
  ASSERT_TRUE(policy.ok()) << policy.status();
  v1::SiteConfig config = SiteConfigOf({});
  config.mutable_sandbox()->set_threads(8);
  config.mutable_sandbox()->set_memory_mib(900);
  const auto checked = [&](uint32_t threads, uint32_t memory_mib) {
    v1::JobSpec spec = ValidDrillJob(10);
    spec.mutable_compute()->set_threads(threads);
    spec.mutable_compute()->set_memory_mib(memory_mib);
    return CheckJob(spec, DrillPlan(10), config, &*policy);
  };
  EXPECT_TRUE(checked(2, 900).ok()) << checked(2, 900);
  EXPECT_EQ(checked(3, 900).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(checked(3, 900).message()),
              ::testing::HasSubstr("this site's policy: limits.threads (line 3) is 2"));
  EXPECT_THAT(std::string(checked(2, 901).message()), ::testing::HasSubstr("this site allows 900"));
  config.mutable_sandbox()->set_memory_mib(2000);
  EXPECT_THAT(std::string(checked(2, 1001).message()),
              ::testing::HasSubstr("this site's policy: limits.memory_mib (line 4) is 1000"));
}

TEST(CheckJob, TakesAJobForGpusAloneOnlyWhereTheSiteOffersOne) {
  v1::JobSpec spec = ValidDrillJob(10);
  spec.mutable_compute()->set_device(v1::Compute::CUDA);
  v1::SiteConfig config = SiteConfigOf({});
  const absl::Status refused = CheckJob(spec, DrillPlan(10), config);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("sandbox: {gpu: true}"));
  config.mutable_sandbox()->set_gpu(true);
  EXPECT_TRUE(CheckJob(spec, DrillPlan(10), config).ok());
  spec.mutable_compute()->set_device(v1::Compute::AUTO);
  EXPECT_TRUE(CheckJob(spec, DrillPlan(10), SiteConfigOf({})).ok()) << "the CPU will do";
}

TEST(CheckReportedSites, RefusesBinsOfGainsWithFewerSitesThanThisSiteDemandsOfASum) {
  v1::JobSpec spec = ValidDrillJob(10);
  EXPECT_TRUE(CheckReportedSites(spec, 100).ok()) << "the job has none";
  spec.mutable_evaluation()->mutable_local_gain()->set_minimum_sites(4);
  EXPECT_TRUE(CheckReportedSites(spec, 4).ok());
  const absl::Status refused = CheckReportedSites(spec, 5);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("this site takes part from 5 on"));
  spec.mutable_evaluation()->mutable_local_gain()->set_minimum_sites(2);
  EXPECT_FALSE(CheckReportedSites(spec, 2).ok()) << "three at least, whatever the floors say";
}

TEST(CheckJob, RefusesAJobThatNamesOtherSitesOnly) {
  v1::JobSpec spec = ValidDrillJob(10);
  spec.mutable_rounds()->add_sites("geneva");
  EXPECT_EQ(CheckJob(spec, DrillPlan(10), SiteConfigOf({})).code(), absl::StatusCode::kFailedPrecondition);
  spec.mutable_rounds()->add_sites("basel");
  EXPECT_TRUE(CheckJob(spec, DrillPlan(10), SiteConfigOf({})).ok());
}

TEST(CheckJob, RefusesAPlanThatDoesNotFollowFromTheJob) {
  const std::vector<Case> cases = {
      {"another step's kind", [](v1::Plan& plan) { plan.set_kind(v1::STEP_EVALUATE); }},
      {"a step beyond the last", [](v1::Plan& plan) { plan.mutable_id()->set_step(1000); }},
      {"another round", [](v1::Plan& plan) { plan.set_round(2); }},
      {"another size", [](v1::Plan& plan) { plan.set_num_parameters(11); }},
      {"statistics that the job has no columns for",
       [](v1::Plan& plan) {
         plan.mutable_statistics()->add_mean(0);
         plan.mutable_statistics()->add_spread(1);
       }},
  };
  for (const Case& one : cases) {
    v1::Plan plan = DrillPlan(10);
    one.change(plan);
    EXPECT_EQ(CheckJob(ValidDrillJob(10), plan, SiteConfigOf({})).code(), absl::StatusCode::kInvalidArgument)
        << one.name;
  }
}

// With cyclic weight transfer everybody knows whose turn a step is.
TEST(CheckJob, RefusesATurnThatIsAnothers) {
  v1::JobSpec spec = ValidDrillJob(10);
  for (const char* site : {"basel", "geneva"}) spec.mutable_rounds()->add_sites(site);
  spec.mutable_aggregation()->mutable_cyclic();
  v1::Plan plan = DrillPlan(10);
  plan.clear_cohort();
  plan.add_cohort("basel");
  EXPECT_TRUE(CheckJob(spec, plan, SiteConfigOf({})).ok()) << CheckJob(spec, plan, SiteConfigOf({}));
  plan.add_cohort("geneva");
  EXPECT_EQ(CheckJob(spec, plan, SiteConfigOf({})).code(), absl::StatusCode::kInvalidArgument);
  plan.mutable_cohort()->RemoveLast();
  plan.mutable_id()->set_step(plan.id().step() + 1);
  EXPECT_THAT(std::string(CheckJob(spec, plan, SiteConfigOf({})).message()),
              ::testing::HasSubstr("the turn of geneva alone"));
}

TEST(CheckJob, RefusesStatisticsThatAreNoNumbers) {
  v1::JobSpec spec = ValidDrillJob(10);
  v1::Feature& feature = *spec.mutable_data()->add_features();
  feature.set_name("age");
  feature.mutable_numeric()->set_max(100);
  v1::Plan plan = DrillPlan(10);
  plan.mutable_statistics()->add_mean(50);
  plan.mutable_statistics()->add_spread(10);
  EXPECT_TRUE(CheckJob(spec, plan, SiteConfigOf({})).ok());
  plan.mutable_statistics()->set_spread(0, -1);
  EXPECT_FALSE(CheckJob(spec, plan, SiteConfigOf({})).ok());
  plan.mutable_statistics()->set_spread(0, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(CheckJob(spec, plan, SiteConfigOf({})).ok());
}

}  // namespace
}  // namespace accord
