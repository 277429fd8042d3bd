#include "coordinator/programs/job_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::JobSpec Job() {
  v1::JobSpec spec;
  spec.mutable_data()->add_features()->mutable_numeric()->set_max(1);
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_max(1);
  spec.mutable_model()->mutable_linear_regression();
  spec.mutable_rounds()->set_count(3);
  return spec;
}

TEST(JobProgram, StepsAreNumberedAndNamed) {
  const JobProgram program(Job());
  ASSERT_EQ(program.num_steps(), 5u);
  EXPECT_EQ(program.Describe(0), "standardisation");
  EXPECT_EQ(program.Describe(1), "round 1 of 3");
  EXPECT_EQ(program.Describe(3), "round 3 of 3");
  EXPECT_EQ(program.Describe(4), "evaluation");
  EXPECT_EQ(program.RoundOf(0), 0u);
  EXPECT_EQ(program.RoundOf(1), 1u);
  EXPECT_EQ(program.RoundOf(4), 0u);
  EXPECT_EQ(program.KindOf(5), v1::STEP_KIND_UNSPECIFIED);
  EXPECT_EQ(program.KindOf(UINT32_MAX), v1::STEP_KIND_UNSPECIFIED);
}

TEST(JobProgram, CountsTheRoundsThatAreDone) {
  const JobProgram program(Job());
  std::vector<uint32_t> done;
  for (uint32_t next = 0; next <= 5; ++next) done.push_back(program.RoundsDone(next));
  EXPECT_THAT(done, ElementsAre(0, 0, 1, 2, 3, 3));
}

v1::PlanId Id(uint32_t step) {
  v1::PlanId id;
  id.set_job_id("job-1");
  id.set_step(step);
  id.set_attempt(7);
  return id;
}

TEST(MakePlan, SaysStepRoundAndSortedCohort) {
  const std::vector<std::string> cohort = {"b", "a"};
  v1::ColumnStatistics statistics;
  statistics.add_mean(3);
  PlanInputs inputs;
  inputs.cohort = cohort;
  inputs.job_bytes = "job";
  inputs.job_sha256 = "abc";
  inputs.model = "12345678";
  inputs.model_bytes = 8;
  inputs.statistics = &statistics;
  const v1::Plan plan = MakePlan(JobProgram(Job()), Id(2), inputs);
  EXPECT_EQ(plan.kind(), v1::STEP_TRAIN);
  EXPECT_EQ(plan.round(), 2u);
  EXPECT_THAT(plan.cohort(), ElementsAre("a", "b"));
  EXPECT_EQ(plan.num_parameters(), 2u);
  EXPECT_EQ(plan.model_inline(), "12345678");
  EXPECT_EQ(plan.job_inline(), "job");
  EXPECT_EQ(plan.statistics().mean(0), 3);
}

TEST(MakePlan, SaysWhatCountedAndThatMoreThanParametersIsHandedOut) {
  const std::vector<uint32_t> counted = {3, 0};
  PlanInputs inputs;
  inputs.model_bytes = 16;
  inputs.num_parameters = 2;
  inputs.counted_steps = counted;
  const v1::Plan plan = MakePlan(JobProgram(Job()), Id(2), inputs);
  EXPECT_EQ(plan.num_parameters(), 2u);
  EXPECT_EQ(plan.model_bytes(), 16u);
  EXPECT_THAT(plan.counted_steps(), ElementsAre(3, 0));
}

TEST(MakePlan, LargeObjectsAreLeftToBeFetched) {
  const std::string large(kMaxInlineBytes + 4, 'x');
  PlanInputs inputs;
  inputs.job_bytes = large;
  inputs.model = large;
  inputs.model_bytes = large.size();
  const v1::Plan plan = MakePlan(JobProgram(Job()), Id(1), inputs);
  EXPECT_TRUE(plan.model_inline().empty());
  EXPECT_TRUE(plan.job_inline().empty());
  EXPECT_EQ(plan.model_bytes(), large.size());
  inputs.model = "";
  inputs.model_bytes = 8;  // known, but not at hand
  EXPECT_TRUE(MakePlan(JobProgram(Job()), Id(1), inputs).model_inline().empty());
}

TEST(MakeRoundReport, TakesOverWhatThePlanSays) {
  v1::SiteAbsence absence;
  absence.set_site("c");
  const v1::RoundReport report = MakeRoundReport(JobProgram(Job()), Id(3), v1::ROUND_ABANDONED, {absence});
  EXPECT_EQ(report.step(), 3u);
  EXPECT_EQ(report.round(), 3u);
  EXPECT_EQ(report.attempt(), 7u);
  EXPECT_EQ(report.outcome(), v1::ROUND_ABANDONED);
  EXPECT_EQ(report.absences(0).site(), "c");
}

v1::JobReport Report(int sites_in_round) {
  v1::JobReport report;
  v1::RoundReport* round = report.add_rounds();
  round->set_outcome(v1::ROUND_FINISHED);
  for (int i = 0; i < sites_in_round; ++i) round->add_sites(std::string(1, static_cast<char>('a' + i)));
  v1::SiteFact* fact = report.add_sites();
  fact->set_site("a");
  fact->set_sandboxed(true);
  return report;
}

TEST(ReportNotes, AlwaysSayHowSumsAreProtected) {
  v1::JobReport report = Report(4);
  EXPECT_THAT(ReportNotes(report), ElementsAre(HasSubstr("Sums are secure")));
  report.mutable_spec()->mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  EXPECT_THAT(ReportNotes(report), ElementsAre(HasSubstr("each can compute the other's vector")));
  report.mutable_spec()->mutable_aggregation()->mutable_secure_sum()->set_graph(v1::SecureSum::SPARSE);
  EXPECT_THAT(ReportNotes(report), ElementsAre(HasSubstr("many honest sites, not necessarily all")));
  report.mutable_spec()->mutable_aggregation()->set_plain_sum(true);
  EXPECT_THAT(ReportNotes(report), ElementsAre(HasSubstr("plain")));
}

TEST(ReportNotes, SayByWhatRuleChangesWereCombinedAndWhatWasSummedAllTheSame) {
  v1::JobReport report = Report(4);
  v1::Aggregation& aggregation = *report.mutable_spec()->mutable_aggregation();
  aggregation.set_plain_sum(true);
  aggregation.mutable_combiner()->mutable_krum()->set_hostile_sites(1);
  EXPECT_THAT(
      ReportNotes(report),
      Contains(AllOf(HasSubstr("the coordinator took the change of the one site that is nearest to others (Krum)"),
                     HasSubstr("Rows, losses, metrics and what columns are standardised by are plain sums"))));
}

TEST(ReportNotes, NameEverySiteWithoutASandbox) {
  v1::JobReport report = Report(4);
  report.mutable_sites(0)->set_sandboxed(false);
  EXPECT_THAT(ReportNotes(report), Contains(HasSubstr("switched off at a:")));
}

TEST(ReportNotes, WarnOfRoundsThatProtectNobody) {
  EXPECT_THAT(ReportNotes(Report(2)), Contains(HasSubstr("two sites only")));
  EXPECT_THAT(ReportNotes(Report(1)), Contains(HasSubstr("single site")));
  EXPECT_THAT(ReportNotes(Report(3)), Not(Contains(HasSubstr("site's own"))));
}

TEST(ReportNotes, SayWhoseColumnsAnEarlierSumIsOf) {
  v1::JobReport report = Report(4);
  v1::RoundReport& round = *report.add_rounds();
  round.set_outcome(v1::ROUND_FINISHED);
  for (const char* site : {"a", "b", "c"}) round.add_sites(site);
  round.set_sum_of_job("feed");
  EXPECT_THAT(ReportNotes(report), Contains(HasSubstr("the sum over a, b, c that job feed opened")));
}

TEST(ReportNotes, CountAbandonedAttemptsAndClippedEntries) {
  v1::JobReport report = Report(4);
  report.add_rounds()->set_outcome(v1::ROUND_ABANDONED);
  report.mutable_rounds(0)->mutable_metrics()->set_clipped_share(0.2);
  EXPECT_THAT(ReportNotes(report), Contains(HasSubstr("20 %")));
  EXPECT_THAT(ReportNotes(report), Contains(HasSubstr("1 attempt at a round was abandoned")));
}

}  // namespace
}  // namespace accord
