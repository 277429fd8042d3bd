// What a rehearsal decides before it starts and says when it has ended; tests/integration runs whole ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/clock.h"
#include "cli/rehearsal/findings.h"
#include "cli/rehearsal/plan.h"
#include "cli/rehearsal/summary.h"
#include "cli/rehearsal/trainer_watch.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr RehearsalMachine kLaptop = {.available_bytes = 4096 * kMib, .libtorch_bytes = 60 * kMib, .cores = 4};

class RehearsalPlans : public CliTest {
 protected:
  CheckedJob Job(const std::vector<std::pair<const absl::string_view, absl::string_view>>& changes = {}) {
    auto job = CheckJobFile(WriteFile("job.yaml", absl::StrReplaceAll(SmallJobYaml(), changes)));
    EXPECT_TRUE(job.ok()) << job.status();
    return job.value_or(CheckedJob());
  }
  absl::StatusOr<RehearsalPlan> Plan(const CheckedJob& job, uint32_t num_sites, RehearsalMachine machine = kLaptop) {
    return PlanRehearsal(job, {.num_sites = num_sites}, machine);
  }
};

TEST_F(RehearsalPlans, HaveAsManySitesAsTheJobWantsForARound) {
  const auto plan = Plan(Job(), 0);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->synthetic.site_names, ElementsAre("hospital-1", "hospital-2", "hospital-3", "hospital-4"));
  EXPECT_EQ(plan->floors, "floors: {allow_plain_sums: false, allow_two_sites: false}\n");
  EXPECT_THAT(plan->warnings, IsEmpty());
}

TEST_F(RehearsalPlans, RefuseSitesWithWhichNoRoundCanRun) {
  const auto few = Plan(Job(), 2);
  EXPECT_EQ(few.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(few.status().message()), HasSubstr("fewer than 3 sites"));
  const CheckedJob named = Job({{"min_sites: 3, target_sites: 4", "min_sites: 3, sites: [a, b, c]"}});
  EXPECT_THAT(std::string(Plan(named, 4).status().message()), HasSubstr("names 3 sites"));
  EXPECT_THAT(Plan(named, 3)->synthetic.site_names, ElementsAre("a", "b", "c"));
}

TEST_F(RehearsalPlans, SayWhatFewerAndMoreSitesThanTheTargetMean) {
  EXPECT_THAT(Plan(Job(), 3)->warnings, ElementsAre(HasSubstr("starts with all that there are")));
  const CheckedJob named =
      Job({{"min_sites: 3, target_sites: 4", "min_sites: 3, target_sites: 4, sites: [a, b, c, d]"}});
  EXPECT_THAT(Plan(named, 3)->warnings, ElementsAre(HasSubstr("every round takes up to 10 s longer")));
  EXPECT_THAT(Plan(Job(), 6)->warnings, ElementsAre(HasSubstr("not all 6 are in each")));
}

TEST_F(RehearsalPlans, LetInWhatTheJobAsksForAndWarnThatRealSitesMayNot) {
  const auto plain = Plan(Job({{"max_rows_per_site: 1000", "max_rows_per_site: 1000, plain_sum: true"}}), 0);
  EXPECT_THAT(plain->floors, HasSubstr("allow_plain_sums: true, allow_two_sites: false"));
  EXPECT_THAT(plain->warnings, ElementsAre(HasSubstr("allow_plain_sums")));
  const auto two = Plan(Job({{"max_rows_per_site: 1000", "max_rows_per_site: 1000, secure_sum: {two_sites: true}"},
                             {"min_sites: 3, target_sites: 4", "min_sites: 2"}}),
                        0);
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_THAT(two->floors, HasSubstr("allow_plain_sums: false, allow_two_sites: true"));
  EXPECT_THAT(two->warnings, ElementsAre(HasSubstr("allow_two_sites")));
}

TEST_F(RehearsalPlans, RefuseMoreSitesThanFitIntoMemoryAndSayHowManyDo) {
  const auto plan = Plan(Job(), 100);
  ASSERT_EQ(plan.status().code(), absl::StatusCode::kResourceExhausted);
  // (4096 - 512) MiB / (24 + 2 * 60) MiB and a little.
  EXPECT_THAT(std::string(plan.status().message()),
              AllOf(HasSubstr("100 sites take about"), HasSubstr("--sites 24 fit")));
  EXPECT_TRUE(Plan(Job(), 24).ok());
  EXPECT_TRUE(PlanRehearsal(Job(), {.num_sites = 100, .force = true}, kLaptop).ok());
  EXPECT_THAT(
      std::string(Plan(Job(), 0, {.available_bytes = 600 * kMib, .libtorch_bytes = 60 * kMib}).status().message()),
      HasSubstr("even the 3 that the job needs do not fit"));
}

TEST_F(RehearsalPlans, ASimulationHasRoomForManySitesAndAsManyTrainersAsCores) {
  const auto plan = PlanRehearsal(Job(), {.num_sites = 200, .simulate = true}, kLaptop);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_TRUE(plan->simulation.has_value());
  EXPECT_EQ(plan->simulation->num_trainers, 4u);
  EXPECT_EQ(plan->simulation->sites_at_once, 6u);
  EXPECT_THAT(plan->say_first, HasSubstr("not all 200 are in each"));
  EXPECT_FALSE(Plan(Job(), 4)->simulation.has_value());
  EXPECT_THAT(std::string(Plan(Job(), 100).status().message()), HasSubstr("`accord simulate`"));
}

TEST_F(RehearsalPlans, ASimulationsMemoryGrowsWithItsTrainersAndHardlyWithItsSites) {
  const auto fits = [&](uint32_t sites, uint32_t trainers, uint64_t mib) {
    return PlanRehearsal(Job(), {.num_sites = sites, .simulate = true, .num_trainers = trainers},
                         {.available_bytes = mib * kMib, .libtorch_bytes = 60 * kMib})
        .status();
  };
  EXPECT_TRUE(fits(50, 2, 512 + 400).ok());
  EXPECT_TRUE(fits(200, 2, 512 + 900).ok());
  const absl::Status more = fits(200, 20, 512 + 900);
  EXPECT_EQ(more.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(more.message()), AllOf(HasSubstr("200 sites with 20 trainers"), HasSubstr("--processes")));
}

TEST_F(RehearsalPlans, CountTheRowsOfSeriesTextsAndMasks) {
  for (const auto& [file, row_bytes] :
       {std::pair("ecg-rhythm.yaml", 4 * (2 * 128 + 1)), std::pair("discharge-notes.yaml", 4 * (48 + 1)),
        std::pair("lesion-segmentation.yaml", 2 * 32 * 32 + 4)}) {
    const auto job = CheckJobFile(absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/", file));
    ASSERT_TRUE(job.ok()) << job.status();
    RehearsalOptions options;
    options.synthetic.rows_per_site = 1;
    const auto small = PlanRehearsal(*job, options, kLaptop);
    options.synthetic.rows_per_site = 1001;
    const auto large = PlanRehearsal(*job, options, kLaptop);
    ASSERT_TRUE(small.ok() && large.ok()) << small.status() << large.status();
    EXPECT_EQ(large->site_bytes - small->site_bytes, 1000u * static_cast<unsigned>(row_bytes)) << file;
  }
}

v1::JobReport RehearsedReport() {
  v1::JobReport report;
  report.set_name("small");
  report.set_state(v1::JOB_FINISHED);
  report.set_rounds_total(3);
  report.set_rounds_done(3);
  report.set_job_sha256(std::string(64, 'a'));
  v1::JobSpec& spec = *report.mutable_spec();
  spec.mutable_aggregation()->set_update_bound(0.5);
  spec.mutable_aggregation()->set_max_rows_per_site(1000);
  spec.mutable_rounds()->set_deadline_s(3600);
  spec.mutable_compute()->set_memory_mib(100);
  for (const double ms : {30.0, 10.0, 20.0}) {
    v1::RoundReport& round = *report.add_rounds();
    round.set_kind(v1::STEP_TRAIN);
    round.set_outcome(v1::ROUND_FINISHED);
    round.set_duration_ms(ms);
    round.set_upload_bytes_per_site(2048);
  }
  report.mutable_final_metrics()->set_test_accuracy(0.75);
  report.add_notes("a note");
  return report;
}

RehearsalPlan FourSites() {
  RehearsalPlan plan;
  plan.synthetic.site_names = {"a", "b", "c", "d"};
  return plan;
}

TEST(Findings, NothingIsSaidWhereNothingIsToBeSaid) {
  EXPECT_THAT(WarningsOfRehearsal(FourSites(), {.report = RehearsedReport()}), IsEmpty());
}

TEST(Findings, NameColumnsClassesClipsAttemptsAndLimits) {
  RehearsalResult result = {.report = RehearsedReport()};
  result.sites = {{.site = "a", .mapping = "", .rows = 10, .constant_columns = {"fbs"}},
                  {.site = "b", .mapping = "", .rows = 2000, .constant_columns = {"fbs"}, .missing_classes = {"ill"}}};
  result.report.mutable_rounds(1)->mutable_metrics()->set_clipped_share(0.25);
  v1::RoundReport& abandoned = *result.report.add_rounds();
  abandoned.set_kind(v1::STEP_TRAIN);
  abandoned.set_outcome(v1::ROUND_ABANDONED);
  abandoned.set_reason("b was silent");
  abandoned.add_absences()->set_site("b");
  result.report.mutable_spec()->mutable_rounds()->set_deadline_s(0);
  result.memory.training_bytes = 90 * kMib;
  // Of 1,200 rows 900 are for training: within what a site may count for.
  result.sites.push_back({.site = "c", .mapping = "", .rows = 1200, .constant_columns = {"fbs"}});
  EXPECT_THAT(
      WarningsOfRehearsal(FourSites(), result),
      AllOf(Contains(HasSubstr("column fbs has the same value in all synthetic rows of a, b, c, which is everywhere")),
            Contains(HasSubstr("no synthetic row of class ill at b")), Contains(HasSubstr("b counted for fewer")),
            Contains(HasSubstr("clipped in 1 round, of one round up to 25.0 %")),
            Contains(HasSubstr("1 attempt at a round came to nothing, the last one because b was silent")),
            Contains(HasSubstr("rounds.deadline_s")), Contains(HasSubstr("compute.memory_mib"))));
}

TEST(Findings, NameTheFirstOfManyAndCountTheOthers) {
  RehearsalResult result = {.report = RehearsedReport()};
  result.sites = {{.site = "a", .mapping = "", .missing_classes = {"0", "1", "2", "3", "4", "5", "6"}}};
  const auto warnings = WarningsOfRehearsal(FourSites(), result);
  ASSERT_EQ(warnings.size(), 6u);
  EXPECT_THAT(warnings[4], HasSubstr("class 4 at a"));
  EXPECT_EQ(warnings[5], "2 more classes that some site does not have");
}

TEST(Summaries, LabelTheMetricsAndTellTheNextCommand) {
  const std::string text =
      RehearsalSummary(FourSites(), {.report = RehearsedReport()}, {"a warning\x1b[2J"}, "job.yaml");
  EXPECT_THAT(text, HasSubstr("Accuracy 75.0 % (synthetic rows: says nothing about accuracy on real ones)"));
  EXPECT_THAT(text, HasSubstr("20 ms each (median), the slowest 30 ms"));
  EXPECT_THAT(text, HasSubstr("2.0 KiB in a round, 6.0 KiB in all"));
  EXPECT_THAT(text, HasSubstr("accord job submit job.yaml"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(Summaries, AJobThatFailedIsToldWithItsLogsAndNotSentOn) {
  RehearsalResult result = {.report = RehearsedReport(),
                            .last_lines = "the last lines of the log of a:\n  error: no space\n"};
  result.report.set_state(v1::JOB_FAILED);
  result.report.set_reason("no site is left");
  const std::string text = RehearsalSummary(FourSites(), result, {}, "job.yaml");
  EXPECT_THAT(text, AllOf(HasSubstr("failed: no site is left"), HasSubstr("\n  error: no space\n"),
                          HasSubstr("Rehearse it again"), Not(HasSubstr("accord job submit"))));
}

TEST(Summaries, ARegressionsEstimatesAreShownAndSaidToBeOfSyntheticRows) {
  RehearsalResult result = {.report = RehearsedReport()};
  result.report.mutable_spec()->mutable_model()->mutable_cox();
  result.report.set_rounds_total(25);
  v1::Estimates& estimates = *result.report.mutable_estimates();
  estimates.set_converged(true);
  estimates.add_coefficients()->set_name("age");
  const std::string text = RehearsalSummary(FourSites(), result, {}, "job.yaml");
  EXPECT_THAT(text, AllOf(HasSubstr("3 until the regression had converged, of at most 25"),
                          HasSubstr("Estimates of synthetic rows, which say nothing"), HasSubstr("\nage ")));
  EXPECT_THAT(WarningsOfRehearsal(FourSites(), result), IsEmpty());
  estimates.set_converged(false);
  estimates.add_unsettled("age");
  EXPECT_THAT(RehearsalSummary(FourSites(), result, {}, "job.yaml"), HasSubstr("3 of 25;"));
  EXPECT_THAT(WarningsOfRehearsal(FourSites(), result),
              ElementsAre(AllOf(HasSubstr("did not converge"), HasSubstr("still moved: age"))));
}

TEST(Summaries, JsonAndReportSayThatTheRowsAreSynthetic) {
  const auto json = RehearsalAsJson(FourSites(), {.report = RehearsedReport()}, {"a warning"});
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["synthetic"], true);
  EXPECT_EQ((*json)["bytes_sent_per_site"], 3 * 2048);
  EXPECT_EQ((*json)["sites"].size(), 4u);
  EXPECT_EQ((*json)["report"]["name"], "small");
  const v1::JobReport marked = MarkedAsRehearsal(RehearsedReport(), FourSites(), {"a warning"});
  EXPECT_THAT(marked.name(), HasSubstr("synthetic rows"));
  EXPECT_THAT(marked.notes(0), HasSubstr("says nothing about accuracy"));
  EXPECT_EQ(marked.notes(1), "a warning");
  EXPECT_EQ(marked.notes(2), "a note");
}

TEST(StallWatchTest, OnlyAJobThatWaitsForTheSameThingIsStalled) {
  ManualClock clock;
  StallWatch stall(clock, absl::Seconds(60));
  v1::JobReport report;
  report.set_state(v1::JOB_WAITING);
  report.set_waiting_for("sites: 0 of 3");
  stall.Take(report);
  clock.Advance(absl::Seconds(50));
  report.set_waiting_for("sites: 2 of 3");
  stall.Take(report);
  clock.Advance(absl::Seconds(50));
  EXPECT_FALSE(stall.stalled());
  stall.Take(report);
  clock.Advance(absl::Seconds(11));
  EXPECT_TRUE(stall.stalled());
  report.set_state(v1::JOB_RUNNING);
  stall.Take(report);
  clock.Advance(absl::Hours(5));
  EXPECT_FALSE(stall.stalled());
}

TEST(StallWatchTest, AJobThatTooManySitesRefuseForGoodIsStalledAtOnce) {
  ManualClock clock;
  StallWatch stall(clock, absl::Seconds(60), {.all = 4, .needed = 3});
  v1::JobReport report;
  report.set_state(v1::JOB_WAITING);
  report.set_waiting_for("waits for 1 more site (needed: 3; ready: a, b; c does not take part: no data)");
  stall.Take(report);
  EXPECT_FALSE(stall.stalled()) << "d may yet come";
  report.set_waiting_for(
      "waits for 1 more site (needed: 3; ready: a, b; c does not take part: no data; d does not take part: a reason)");
  stall.Take(report);
  EXPECT_TRUE(stall.stalled());
}

TEST(Summaries, OfASimulationSayWhatItTookAndHowFarItIsFromRealSites) {
  RehearsalPlan plan = FourSites();
  plan.simulation = {.num_trainers = 2, .sites_at_once = 4};
  RehearsalResult result = {.report = RehearsedReport()};
  result.simulation = {
      .coordinator_bytes = kMib, .sites_bytes = 2 * kMib, .trainers_bytes = 3 * kMib, .total_bytes = 5 * kMib};
  EXPECT_THAT(RehearsalSummary(plan, result, {}, "job.yaml"),
              AllOf(HasSubstr("Simulation of small"), HasSubstr("5.0 MiB of memory at most: 2.0 MiB for 4 sites")));
  EXPECT_EQ((*RehearsalAsJson(plan, result, {}))["simulation"]["memory"]["total_bytes"], 5 * kMib);
  EXPECT_THAT(MarkedAsRehearsal(result.report, plan, {}).notes(1), HasSubstr("one process and one sandbox"));
}

class RehearseCommand : public CliTest {};

TEST_F(RehearseCommand, ABrokenJobIsToldWithFileAndLineAndNothingIsStarted) {
  const std::string file =
      WriteFile("job.yaml", absl::StrReplaceAll(SmallJobYaml(), {{"batch_size: 16", "batch: 16"}}));
  EXPECT_EQ(Run({"job", "rehearse", file}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("job.yaml:"));
  EXPECT_THAT(Errors(), HasSubstr("batch"));
  EXPECT_EQ(Output(), "");
}

TEST_F(RehearseCommand, AllOptionsAreCheckedBeforeAnythingIsStarted) {
  const std::string file = WriteFile("job.yaml", SmallJobYaml());
  EXPECT_EQ(Run({"job", "rehearse", file, "--sites", "0"}), kExitUsage);
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{"--skew", "sideways"},
                                             {"--sites", "2"},
                                             {"--statistics", Path("nowhere.yaml")},
                                             {"--html", Path("nowhere/report.html")}}) {
    std::vector<std::string> arguments = {"job", "rehearse", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(Run(arguments), kExitFailed) << more[0];
    EXPECT_EQ(Output(), "") << more[0];
    EXPECT_NE(Errors(), "") << more[0];
  }
}

}  // namespace
}  // namespace accord
