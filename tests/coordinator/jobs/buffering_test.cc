// FedBuff's rounds: who has a plan, whose change is in which round, and how a job ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "base/random_stream.h"
#include "coordinator/jobs/job_machine.h"
#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

v1::JobSpec BufferJob(uint32_t rounds = 4, uint32_t max_staleness = 2) {
  v1::JobSpec spec = Job(1);
  spec.mutable_aggregation()->mutable_fedbuff()->set_buffer(2);
  spec.mutable_aggregation()->mutable_fedbuff()->set_max_staleness(max_staleness);
  spec.mutable_rounds()->set_count(rounds);
  return spec;
}

struct Buffer : World {
  explicit Buffer(const v1::JobSpec& spec = BufferJob(), JobProgress progress = {}) : World(spec, progress) {}
  std::map<std::string, v1::PlanId> plans;
  void Note() {
    for (const BeginFlight& flight : All<BeginFlight>()) plans[flight.site] = flight.plan;
  }
  void Come(const std::vector<std::string>& sites) {
    for (const std::string& site : sites) {
      Do(SiteReady{site});
      Note();
    }
  }
  void Send(const std::string& site) {
    Do(UploadArrived{site, plans[site]});
    Note();
  }
  CompleteRound Closing() const {
    const auto closing = All<CompleteRound>();
    EXPECT_THAT(closing, SizeIs(1));
    return closing.empty() ? CompleteRound{} : closing[0];
  }
  void Commit(const CompleteRound& round) {
    Do(RoundCommitted{round.plan});
    Note();
  }
};

TEST(Buffering, EachSiteHasAPlanOfItsOwnFromTheBeginning) {
  Buffer world;
  world.Come({"a", "b", "c"});
  EXPECT_EQ(world.plans["a"].step(), 0u);
  EXPECT_NE(world.plans["a"].attempt(), world.plans["b"].attempt());
  EXPECT_NE(world.plans["b"].attempt(), world.plans["c"].attempt());
}

TEST(Buffering, ASlowSiteHoldsUpNobodyAndItsChangeCountsLater) {
  Buffer world;
  world.Come({"a", "b", "slow"});
  const v1::PlanId begun = world.plans["slow"];
  for (uint32_t round = 0; round < 2; ++round) {
    world.Do(SiteMoved{"slow", begun});
    world.Send("a");
    EXPECT_THAT(world.All<CompleteRound>(), IsEmpty());
    world.Send("b");
    const CompleteRound closing = world.Closing();
    EXPECT_EQ(closing.plan.step(), round);
    EXPECT_THAT(closing.sites, ElementsAre("a", "b"));
    EXPECT_THAT(world.Told(v1::PlanEnd::SUMMED), IsEmpty()) << "not durable";
    world.Commit(closing);
    EXPECT_THAT(world.Told(v1::PlanEnd::SUMMED), UnorderedElementsAre("a", "b"));
    EXPECT_EQ(world.plans["a"].step(), round + 1);
  }
  world.Send("slow");
  world.Send("b");
  EXPECT_THAT(world.Closing().sites, ElementsAre("b", "slow"));
  EXPECT_EQ(world.plans["slow"].attempt(), begun.attempt()) << "two rounds old";
}

TEST(Buffering, WhoIsTooFarBehindBeginsAnewWithTheLatestModel) {
  Buffer world;
  world.Come({"a", "b", "slow"});
  const v1::PlanId begun = world.plans["slow"];
  for (uint32_t round = 0; round < 3; ++round) {
    world.Send("a");
    world.Send("b");
    world.Commit(world.Closing());
  }
  EXPECT_THAT(world.Told(v1::PlanEnd::LEFT_OUT), ElementsAre("slow"));
  EXPECT_EQ(world.plans["slow"].step(), 3u);
  EXPECT_THAT(world.machine.WhyNotAccept("slow", begun), HasSubstr("this attempt is over"));
  EXPECT_EQ(world.machine.WhyNotAccept("slow", world.plans["slow"]), "");
}

TEST(Buffering, WhatComesWhileARoundIsClosedIsFirstInTheNext) {
  Buffer world;
  world.Come({"a", "b", "c"});
  world.Send("a");
  world.Send("b");
  const CompleteRound first = world.Closing();
  EXPECT_EQ(world.machine.WhyNotAccept("c", world.plans["c"]), "");
  world.Send("c");
  EXPECT_THAT(world.All<CompleteRound>(), IsEmpty());
  world.Commit(first);
  world.Send("b");
  EXPECT_THAT(world.Closing().sites, ElementsAre("b", "c"));
}

TEST(Buffering, AChangeArrivesOnce) {
  Buffer world;
  world.Come({"a", "b"});
  world.Send("a");
  world.Do(UploadArrived{"a", world.plans["a"]});
  EXPECT_THAT(world.All<CompleteRound>(), IsEmpty());
  EXPECT_THAT(world.machine.WhyNotAccept("a", world.plans["a"]), HasSubstr("arrived already"));
}

TEST(Buffering, ASilentSiteIsAskedAgainInTheNextRoundOrWhenItIsBack) {
  Buffer world;
  world.Come({"a", "b", "c"});
  world.Send("a");
  for (int i = 0; i < 2; ++i) {
    world.now += absl::Seconds(31);
    world.Do(SiteMoved{"b", world.plans["b"]});
  }
  EXPECT_THAT(world.Told(v1::PlanEnd::LEFT_OUT), ElementsAre("c"));
  const uint32_t before = world.plans["c"].attempt();
  world.Send("b");
  EXPECT_EQ(world.Closing().absences.at(0).site(), "c");
  world.Commit(world.Closing());
  EXPECT_GT(world.plans["c"].attempt(), before);
  world.Do(SiteRefused{"c", world.plans["c"], "busy"});
  world.Note();
  const uint32_t refused = world.plans["c"].attempt();
  world.Come({"c"});
  EXPECT_GT(world.plans["c"].attempt(), refused);
}

TEST(Buffering, ASiteThatReconnectsGetsTheSamePlan) {
  Buffer world;
  world.Come({"a", "b"});
  world.Do(SiteGone{"a", "connection lost"});
  world.Come({"a"});
  ASSERT_THAT(world.All<SendPlan>(), SizeIs(1));
  EXPECT_EQ(world.All<SendPlan>()[0].plan.attempt(), world.plans["a"].attempt());
  world.Do(SiteGone{"a", "paused", true});
  EXPECT_THAT(world.All<EndFlight>(), SizeIs(1));
}

TEST(Buffering, ARestartAsksEverybodyAnewUnderNewNumbers) {
  Buffer world(BufferJob(), JobProgress{.step = 2, .next_attempt = 40});
  world.Come({"a", "b"});
  EXPECT_EQ(world.plans["a"].step(), 2u);
  EXPECT_EQ(world.plans["a"].attempt(), 40u);
  EXPECT_EQ(world.plans["b"].attempt(), 41u);
}

TEST(Buffering, TheLastRoundEndsTheJobForWhoeverIsStillAtWork) {
  Buffer world(BufferJob(1));
  world.Come({"a", "b", "slow"});
  world.Send("a");
  world.Send("b");
  world.Commit(world.Closing());
  EXPECT_EQ(world.machine.state(), v1::JOB_FINISHED);
  EXPECT_THAT(world.Told(v1::PlanEnd::LEFT_OUT), ElementsAre("slow"));
  EXPECT_THAT(world.Told(v1::PlanEnd::JOB_OVER), UnorderedElementsAre("a", "b", "slow"));
}

TEST(Buffering, ARoundThatCannotBeCommittedIsTriedWithNewChanges) {
  Buffer world;
  world.Come({"a", "b"});
  for (int times = 1; times <= 5; ++times) {
    world.Send("a");
    world.Send("b");
    const CompleteRound closing = world.Closing();
    world.Do(RoundFailed{closing.plan, "disk full"});
    if (times == 5) break;
    EXPECT_THAT(world.Told(v1::PlanEnd::ABANDONED), UnorderedElementsAre("a", "b"));
    ASSERT_TRUE(world.machine.NextWakeup().has_value());
    EXPECT_LE(*world.machine.NextWakeup(), world.now + absl::Seconds(30));
    world.Wait(30);
    world.Note();
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("disk full"));
}

TEST(Buffering, SitesThatAlwaysRefuseEndTheJob) {
  Buffer world;
  world.Come({"a", "b"});
  for (int times = 0; times < 40 && !world.machine.final(); ++times) {
    for (const char* site : {"a", "b"}) {
      if (world.machine.final()) break;
      world.Do(SiteRefused{site, world.plans[site], "busy"});
      world.Note();
    }
    if (world.machine.final()) break;
    world.Wait(30);
    world.Note();
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("sites were asked 5 times"));
}

TEST(Buffering, TooFewSitesAreWaitedForAndNotForEver) {
  Buffer world;
  world.Come({"a"});
  world.Send("a");
  EXPECT_THAT(world.Waiting(), HasSubstr("round 1 of 4 has 1 of the 2 changes that it needs (a)"));
  world.Wait(86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("without another change"));
}

// Whatever happens to sites and commits: attempts are numbered once, a change counts once, nobody has two plans, and
// the job ends.
TEST(Buffering, AnySequenceOfEventsKeepsThePromisesAndEnds) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    RandomStream random({.job_seed = seed, .site = "", .round = 0, .use = "buffering"});
    Buffer world(BufferJob(6));
    const std::vector<std::string> sites = {"a", "b", "c", "d"};
    std::set<uint32_t> numbers;
    std::set<std::pair<std::string, uint32_t>> counted;
    std::set<std::string> flying;
    std::optional<CompleteRound> closing;
    const auto look = [&] {
      for (const JobAction& action : world.actions) {
        if (const auto* begin = std::get_if<BeginFlight>(&action)) {
          EXPECT_TRUE(numbers.insert(begin->plan.attempt()).second) << seed;
          EXPECT_TRUE(flying.insert(begin->site).second) << seed << ": " << begin->site << " has two plans";
          world.plans[begin->site] = begin->plan;
        } else if (const auto* end = std::get_if<EndFlight>(&action)) {
          EXPECT_EQ(flying.erase(end->site), 1u) << seed;
        } else if (const auto* complete = std::get_if<CompleteRound>(&action)) {
          EXPECT_FALSE(closing.has_value()) << seed;
          EXPECT_TRUE(numbers.insert(complete->plan.attempt()).second) << seed;
          EXPECT_EQ(complete->sites.size(), 2u) << seed;
          for (const std::string& site : complete->sites) {
            EXPECT_LE(complete->plan.step() - world.plans[site].step(), 2u) << seed;
            EXPECT_TRUE(counted.insert({site, world.plans[site].attempt()}).second) << seed;
          }
          closing = *complete;
        }
      }
    };
    int events = 0;
    for (; events < 3000 && !world.machine.final(); ++events) {
      const std::string& site = sites[random.NextBelow(sites.size())];
      // Towards the end nothing goes wrong any more.
      const uint64_t kind = random.NextBelow(events < 200 ? 10 : 4);
      if (closing.has_value() && random.NextBelow(3) == 0) {
        const v1::PlanId plan = closing->plan;
        if (events < 200 && random.NextBelow(8) == 0) {
          for (const std::string& failed : closing->sites) counted.erase({failed, world.plans[failed].attempt()});
          closing.reset();
          world.Do(RoundFailed{plan, "disk full"});
        } else {
          closing.reset();
          world.Do(RoundCommitted{plan});
        }
      } else if (kind == 0) {
        world.Do(SiteReady{site});
      } else if (kind == 1) {
        world.Do(UploadArrived{site, world.plans[site]});
      } else if (kind == 2) {
        world.Do(SiteMoved{site, world.plans[site]});
      } else if (kind == 3) {
        const auto wakeup = world.machine.NextWakeup();
        if (!closing.has_value()) {
          ASSERT_TRUE(wakeup.has_value()) << seed << ": nothing would ever happen";
        }
        world.now = std::max(world.now, std::min(wakeup.value_or(world.now), world.now + absl::Seconds(20)));
        world.Do(Tick{});
      } else if (kind == 4) {
        world.Do(SiteGone{site, "connection lost"});
      } else if (kind == 5) {
        world.Do(SiteGone{site, "paused", true});
      } else if (kind == 6) {
        world.Do(SiteRefused{site, world.plans[site], "busy"});
      } else {
        world.Do(SiteReady{site});
      }
      look();
    }
    ASSERT_TRUE(world.machine.final()) << seed << " did not end";
  }
}

}  // namespace
}  // namespace accord
