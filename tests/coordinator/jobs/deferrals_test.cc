// Sites that refuse for now, because their people have still to decide: no try is used up, and the job's patience is.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kOver[] = "the release of heart is over";

SiteRefused NotYet(const std::string& site, const v1::PlanId& plan) {
  SiteRefused refused{site, plan, kOver};
  refused.waits = true;
  return refused;
}

// Whoever is not there is waited for 30 s.
v1::JobSpec TurnsOfAAndB() {
  v1::JobSpec spec = Job(1);
  spec.mutable_rounds()->add_sites("a");
  spec.mutable_rounds()->add_sites("b");
  spec.mutable_aggregation()->mutable_cyclic()->set_wait_s(30);
  spec.mutable_rounds()->set_target_sites(0);
  ApplyDefaults(spec);
  return spec;
}

// Until the machine acts by itself, and then this.
void WaitForWakeup(World& world) {
  const std::optional<absl::Duration> wakeup = world.machine.NextWakeup();
  ASSERT_TRUE(wakeup.has_value());
  ASSERT_GT(*wakeup, world.now) << "a wakeup that is past would be one after the other";
  world.now = *wakeup;
  world.Do(Tick{});
}

TEST(Deferrals, AWaitingSiteUsesUpNoTryAndTheJobSaysForWhatItWaits) {
  World world(Job(2));
  world.Ready({"a", "b"});
  int asked = 1;
  for (; asked < 20; ++asked) {
    world.Do(NotYet("b", world.plan));
    ASSERT_EQ(world.machine.state(), v1::JOB_WAITING) << world.Reason();
    EXPECT_THAT(world.Waiting(), HasSubstr("b does not take part yet: the release of heart is over"));
    ASSERT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
    WaitForWakeup(world);
    ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1)) << "asked again after the pause";
  }
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  EXPECT_THAT(world.All<CompleteRound>(), SizeIs(1));
}

TEST(Deferrals, PausesGrowToMinutesSoThatADayCostsFewHundredAttempts) {
  World world(Job(2));
  world.Ready({"a", "b"});
  const absl::Duration begun = world.now;
  int attempts = 0;
  while (world.machine.state() != v1::JOB_FAILED) {
    if (!world.All<BeginAttempt>().empty()) {
      ++attempts;
      world.Do(NotYet("b", world.plan));
    } else {
      WaitForWakeup(world);
    }
  }
  EXPECT_THAT(world.Reason(), HasSubstr("gave up after 24h"));
  EXPECT_THAT(world.Reason(), HasSubstr(kOver));
  EXPECT_GE(world.now - begun, absl::Seconds(86400)) << "patience_s since the first refusal";
  EXPECT_LE(world.now - begun, absl::Seconds(86400) + absl::Minutes(5));
  EXPECT_LT(attempts, 300);
}

TEST(Deferrals, ItsOwnWordHasItAskedAtOnce) {
  World world(Job(2));
  world.Ready({"a", "b"});
  for (int i = 0; i < 8; ++i) {
    world.Do(NotYet("b", world.plan));
    if (i < 7) WaitForWakeup(world);
  }
  ASSERT_GT(*world.machine.NextWakeup() - world.now, absl::Seconds(60));
  world.now += absl::Seconds(5);
  world.Ready({"b"});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

// Else it could have the others compute without end.
TEST(Deferrals, AWordThatIsNotKeptIsBelievedSoOftenOnly) {
  World world(Job(2));
  world.Ready({"a", "b"});
  int attempts = 1;
  for (int i = 0; i < 3600; ++i) {
    if (!world.All<BeginAttempt>().empty()) world.Do(NotYet("b", world.plan));
    world.now += absl::Seconds(1);
    world.Ready({"b"});
    attempts += world.All<BeginAttempt>().empty() ? 0 : 1;
  }
  EXPECT_LT(attempts, 80);
  EXPECT_GT(attempts, 50);
}

TEST(Deferrals, TheOthersGoOnWithoutItAndDoNotGatherForIt) {
  World world(Job(2, 3));
  world.Do(SitesKnown{{"a", "b", "c"}});
  world.Ready({"a", "b", "c"});
  world.Do(NotYet("c", world.plan));
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  ASSERT_THAT(world.All<CompleteRound>(), SizeIs(1));
  EXPECT_EQ(world.All<CompleteRound>()[0].absences[0].reason(), kOver);
  world.Do(RoundCommitted{world.plan});
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1)) << "at once";
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b"));
}

TEST(Deferrals, ItIsInTheRoundAfterItHasCome) {
  World world(Job(2, 3));
  world.Do(SitesKnown{{"a", "b", "c"}});
  world.Ready({"a", "b", "c"});
  world.Do(NotYet("c", world.plan));
  world.now += absl::Seconds(2);
  world.Ready({"c"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(RoundCommitted{world.plan});
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b", "c"));
}

TEST(Deferrals, WhereAnotherSiteFailsTooTheTryCounts) {
  v1::JobSpec spec = Job(3);
  spec.mutable_rounds()->set_max_attempts(1);
  World world(spec);
  world.Ready({"a", "b", "c"});
  world.Do(NotYet("c", world.plan));
  ASSERT_EQ(world.machine.state(), v1::JOB_WAITING) << "a and b, with c, would have been enough";
  WaitForWakeup(world);
  world.Do(SiteRefused{"b", world.plan, "the trainer died"});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("the trainer died"));
}

TEST(Deferrals, ARefusalForGoodIsForGoodWhateverElseItSays) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->add_sites("a");
  spec.mutable_rounds()->add_sites("b");
  World world(spec);
  world.Ready({"a", "b"});
  SiteRefused refused = NotYet("b", world.plan);
  refused.permanent = true;
  world.Do(refused);
  world.Wait(60);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
}

TEST(Deferrals, WhatIsSaidOfAnEarlierAttemptOrByAStrangerDefersNobody) {
  World world(Job(2));
  world.Ready({"a", "b"});
  const v1::PlanId first = world.plan;
  world.Do(SiteRefused{"b", first, "the trainer died"});
  world.Wait(60);
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  world.Do(NotYet("a", first));
  world.Do(NotYet("x", world.plan));
  world.Do(UploadArrived{"b", world.plan});
  EXPECT_THAT(world.All<AbandonAttempt>(), IsEmpty());
  world.Do(UploadArrived{"a", world.plan});
  EXPECT_THAT(world.All<CompleteRound>(), SizeIs(1));
}

TEST(Deferrals, InMaskedSumsTheWaitIsFoundWithTheKeys) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  for (int i = 0; i < 20; ++i) {
    world.GiveKeys({"a", "b"});
    world.Do(NotYet("c", world.plan));
    ASSERT_EQ(world.machine.state(), v1::JOB_WAITING) << world.Reason();
    EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty()) << "nobody computed";
    WaitForWakeup(world);
    ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  }
  world.GiveKeys({"a", "b", "c"});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(Deferrals, ATurnOfAWaitingSiteIsSkippedAsThatOfOneThatIsNotThere) {
  World world(TurnsOfAAndB());
  world.Ready({"b", "a"});  // whose turn is the first
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  const absl::Duration begun = world.now;
  while (world.All<SkipTurn>().empty()) {
    ASSERT_LT(world.now - begun, absl::Seconds(120));
    if (!world.All<BeginAttempt>().empty()) {
      const std::string site = world.All<BeginAttempt>()[0].cohort[0];
      world.Do(NotYet(site, world.plan));
    } else {
      WaitForWakeup(world);
    }
  }
  EXPECT_GE(world.now - begun, absl::Seconds(30));
  EXPECT_EQ(world.All<SkipTurn>()[0].absences[0].reason(), kOver);
}

// Each upload is the proof that a site took part, but of a round that came to nothing.
TEST(Deferrals, SitesThatWaitInTurnsDoNotHaveEachOtherComputeWithoutEnd) {
  World world(Job(2));
  world.Ready({"a", "b"});
  int attempts = 0;
  while (world.machine.state() != v1::JOB_FAILED) {
    if (world.All<BeginAttempt>().empty()) {
      WaitForWakeup(world);
      continue;
    }
    const std::string comes = attempts % 2 == 0 ? "a" : "b", waits = attempts % 2 == 0 ? "b" : "a";
    ++attempts;
    world.Do(UploadArrived{comes, world.plan});
    world.Do(NotYet(waits, world.plan));
  }
  EXPECT_LT(attempts, 700);
  EXPECT_GT(attempts, 200);
}

// Each gives new patience, as ever, and they are counted.
TEST(Deferrals, TriesThatFailMeanwhileAreCounted) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->set_patience_s(100);
  World world(spec);
  world.Ready({"a", "b"});
  int attempts = 0;
  while (world.machine.state() != v1::JOB_FAILED) {
    if (world.All<BeginAttempt>().empty()) {
      WaitForWakeup(world);
    } else if (++attempts % 4 == 0) {
      world.Do(SiteRefused{"b", world.plan, "the trainer died"});
    } else {
      world.Do(NotYet("b", world.plan));
    }
  }
  EXPECT_LE(attempts, 20);
  EXPECT_THAT(world.Reason(), ::testing::AnyOf(HasSubstr("was tried 5 times without a sum"), HasSubstr("gave up")));
}

TEST(Deferrals, ARefusalForNowIsOneAlsoWhereTheOthersAnswerLongAfterIt) {
  v1::JobSpec spec = SecureJob(3);
  spec.mutable_rounds()->set_max_attempts(1);
  SecureWorld world(spec);
  world.ComeAll({"a", "b", "c"});
  for (int i = 0; i < 8; ++i) {
    world.Do(NotYet("c", world.plan));
    world.Wait(20);  // longer than the first pauses
    world.GiveKeys({"a", "b"});
    ASSERT_NE(world.machine.state(), v1::JOB_FAILED) << world.Reason();
    for (int wakes = 0; world.All<BeginEpoch>().empty() && wakes < 5; ++wakes) WaitForWakeup(world);
    ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  }
}

TEST(Deferrals, AHoldOfTheJobsPapersTakesNoneOfThePatienceAndGivesNone) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->set_patience_s(100);
  World world(spec);
  world.Ready({"a", "b"});
  world.Do(NotYet("b", world.plan));
  const absl::Duration ends = world.now + absl::Seconds(100);
  world.Do(PapersJudged{"its hours close", {}, {}});
  world.now += absl::Seconds(1000);
  world.Do(PapersJudged{"", {}, {}});
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1)) << "the pause is over";
  world.Do(NotYet("b", world.plan));
  while (world.machine.state() != v1::JOB_FAILED) {
    WaitForWakeup(world);
    if (!world.All<BeginAttempt>().empty()) world.Do(NotYet("b", world.plan));
  }
  EXPECT_GE(world.now, ends + absl::Seconds(1000));
  EXPECT_LE(world.now, ends + absl::Seconds(1001));
}

TEST(Deferrals, TurnsAreNotSkippedWhereEverybodyWaits) {
  World world(TurnsOfAAndB());
  world.Ready({"a"});
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
    world.Do(NotYet("a", world.plan));
    ASSERT_THAT(world.All<SkipTurn>(), IsEmpty()) << "nobody else could work";
    WaitForWakeup(world);
  }
}

TEST(Deferrals, ASumThatAWaitingSiteDoesNotHelpToOpenIsNoFailedTry) {
  v1::JobSpec spec = SecureJob(3);
  spec.mutable_rounds()->set_max_attempts(1);
  SecureWorld world(spec);
  world.Open({"a", "b", "c"});
  ASSERT_THAT(world.All<OpenSum>(), SizeIs(1));
  world.Do(NotYet("c", world.plan));
  ASSERT_THAT(world.All<MemberLost>(), SizeIs(1));
  // As the rounds of secure sums have it: a set that was shown is one that may be signed.
  world.Do(SumLost{world.plan, "too few are left to open it", Bound{{"a", "b", "c"}, 3}});
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING) << world.Reason();
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for exactly a, b, c"));
  WaitForWakeup(world);
  EXPECT_THAT(world.All<BeginEpoch>(), SizeIs(1)) << "the same sites are asked again";
}

TEST(Deferrals, ASumThatIsLostWithoutThemIsAFailedTry) {
  v1::JobSpec spec = SecureJob(3, 4);
  spec.mutable_rounds()->set_max_attempts(1);
  SecureWorld world(spec);
  world.ComeAll({"a", "b", "c", "d"});
  world.Wait(10);
  world.GiveKeys({"a", "b", "c", "d"});
  world.Do(NotYet("d", world.plan));
  world.Upload({"a", "b", "c"});
  ASSERT_THAT(world.All<OpenSum>(), SizeIs(1));
  world.Do(SumLost{world.plan, "a survivor is gone", std::nullopt});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
}

TEST(Deferrals, InABufferedRoundItIsAskedAgainAndNoTryIsUsedUp) {
  v1::JobSpec spec = Job(1);
  spec.mutable_aggregation()->mutable_fedbuff()->set_buffer(2);
  spec.mutable_aggregation()->mutable_fedbuff()->set_max_staleness(1);
  World world(spec);
  const auto flight_of = [&](const std::string& site) -> std::optional<v1::PlanId> {
    for (const BeginFlight& flight : world.All<BeginFlight>()) {
      if (flight.site == site) return flight.plan;
    }
    return std::nullopt;
  };
  world.Ready({"a"});
  std::optional<v1::PlanId> plan = flight_of("a");
  world.Ready({"b"});
  if (!plan.has_value()) plan = flight_of("a");
  ASSERT_TRUE(plan.has_value());
  std::optional<v1::PlanId> of_b = flight_of("b");
  world.Do(UploadArrived{"a", *plan});
  plan = of_b;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(plan.has_value()) << i;
    world.Do(NotYet("b", *plan));
    ASSERT_THAT(world.machine.state(), Not(v1::JOB_FAILED)) << world.Reason();
    plan.reset();
    for (int wakes = 0; wakes < 100 && !plan.has_value(); ++wakes) {
      WaitForWakeup(world);
      plan = flight_of("b");
    }
  }
}

}  // namespace
}  // namespace accord
