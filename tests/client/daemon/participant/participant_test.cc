#include "client/daemon/participant/participant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using State = Participant::State;

v1::Plan Plan(uint32_t step, uint32_t attempt, const std::string& model = "model-0", int cohort_size = 2) {
  v1::Plan plan;
  plan.mutable_id()->set_job_id("job-1");
  plan.mutable_id()->set_step(step);
  plan.mutable_id()->set_attempt(attempt);
  plan.set_kind(v1::STEP_TRAIN);
  plan.set_round(step + 1);
  plan.set_job_sha256("job");
  plan.set_model_digest(model);
  for (int i = 0; i < cohort_size; ++i) plan.add_cohort(std::string(1, static_cast<char>('a' + i)));
  plan.set_encoding_sites(static_cast<uint32_t>(cohort_size));
  return plan;
}

v1::PlanEnd End(const v1::Plan& plan, v1::PlanEnd::Outcome outcome, const std::string& reason = "") {
  v1::PlanEnd end;
  *end.mutable_plan() = plan.id();
  end.set_outcome(outcome);
  end.set_reason(reason);
  return end;
}

struct Site {
  Participant participant{"job-1"};
  std::vector<ParticipantAction> actions;

  void Do(const ParticipantEvent& event) { actions = participant.Handle(event); }
  // Brings the site up to `state` with `plan`.
  void BringTo(State state, const v1::Plan& plan) {
    Do(PlanReceived{plan});
    if (state == State::kFetching) return;
    Do(InputsFetched{plan.id()});
    if (state == State::kComputing) return;
    Do(VectorComputed{plan.id()});
    if (state == State::kUploading) return;
    Do(UploadFinished{plan.id()});
  }
  template <typename Kind>
  int Count() const {
    int count = 0;
    for (const ParticipantAction& action : actions) count += std::holds_alternative<Kind>(action) ? 1 : 0;
    return count;
  }
  std::vector<v1::Refusal> Refusals() const {
    std::vector<v1::Refusal> refusals;
    for (const ParticipantAction& action : actions) {
      if (const auto* sent = std::get_if<SendRefusal>(&action)) refusals.push_back(sent->refusal);
    }
    return refusals;
  }
  // Whether anything of a plan would be done or leave after these actions.
  bool Works() const { return Count<FetchInputs>() + Count<StartCompute>() + Count<StartUpload>() > 0; }
};

constexpr State kBusyStates[] = {State::kFetching, State::kComputing, State::kUploading, State::kAwaitingEnd};

TEST(Participant, FetchesComputesUploadsAndWaitsForTheEnd) {
  Site site;
  const v1::Plan plan = Plan(0, 1);
  EXPECT_EQ(site.participant.state(), State::kIdle);
  site.Do(PlanReceived{plan});
  EXPECT_EQ(site.Count<FetchInputs>(), 1);
  site.Do(InputsFetched{plan.id()});
  EXPECT_EQ(site.Count<StartCompute>(), 1);
  site.Do(VectorComputed{plan.id()});
  EXPECT_EQ(site.Count<StartUpload>(), 1);
  EXPECT_THAT(site.participant.Describe(), HasSubstr("uploading"));
  site.Do(UploadFinished{plan.id()});
  EXPECT_EQ(site.participant.state(), State::kAwaitingEnd);
  EXPECT_EQ(site.Count<DropVector>(), 0) << "not durable yet";
  site.Do(PlanEnded{End(plan, v1::PlanEnd::SUMMED)});
  EXPECT_EQ(site.participant.state(), State::kIdle);
  EXPECT_EQ(site.Count<DropVector>(), 1);
}

TEST(Participant, NewerPlanEndsTheOlderWhereverItStands) {
  for (const State state : kBusyStates) {
    Site site;
    site.BringTo(state, Plan(0, 1));
    site.Do(PlanReceived{Plan(1, 2, "model-1")});
    EXPECT_EQ(site.Count<StopWork>(), 1) << static_cast<int>(state);
    EXPECT_TRUE(std::holds_alternative<StopWork>(site.actions[0]));
    EXPECT_EQ(site.Count<FetchInputs>(), 1);
    EXPECT_EQ(site.participant.state(), State::kFetching);
  }
}

TEST(Participant, OlderPlansAreIgnored) {
  for (const State state : kBusyStates) {
    Site site;
    site.BringTo(state, Plan(1, 5));
    site.Do(PlanReceived{Plan(0, 4)});
    EXPECT_THAT(site.actions, IsEmpty());
    EXPECT_EQ(site.participant.state(), state);
  }
}

TEST(Participant, ResultsOfAnOlderPlanAreIgnored) {
  Site site;
  site.BringTo(State::kComputing, Plan(0, 1));
  site.Do(PlanReceived{Plan(0, 2, "model-1")});
  for (const ParticipantEvent& late : std::vector<ParticipantEvent>{
           InputsFetched{Plan(0, 1).id()}, VectorComputed{Plan(0, 1).id()}, ComputeFailed{Plan(0, 1).id(), "x", true},
           UploadFinished{Plan(0, 1).id()}, UploadRefused{Plan(0, 1).id(), "x"}, TransferBroken{Plan(0, 1).id()},
           FetchFailed{Plan(0, 1).id(), "x", true}, PlanEnded{End(Plan(0, 1), v1::PlanEnd::ABANDONED)}}) {
    site.Do(late);
    EXPECT_THAT(site.actions, IsEmpty()) << late.index();
    EXPECT_EQ(site.participant.state(), State::kFetching);
  }
}

TEST(Participant, PlansOfAnotherJobAreIgnored) {
  Site site;
  v1::Plan other = Plan(0, 1);
  other.mutable_id()->set_job_id("job-2");
  site.Do(PlanReceived{other});
  EXPECT_THAT(site.actions, IsEmpty());
}

TEST(Participant, RepeatedPlanResumesABrokenUploadAndStartsNoSecondOne) {
  Site site;
  const v1::Plan plan = Plan(0, 1);
  site.BringTo(State::kUploading, plan);
  site.Do(PlanReceived{plan});
  EXPECT_THAT(site.actions, IsEmpty()) << "it is still under way";
  site.Do(Disconnected{});
  site.Do(TransferBroken{plan.id()});
  EXPECT_THAT(site.actions, IsEmpty());
  site.Do(Connected{});
  EXPECT_EQ(site.Count<StartUpload>(), 1);
  site.Do(PlanReceived{plan});
  EXPECT_THAT(site.actions, IsEmpty());
}

TEST(Participant, BrokenTransferIsTriedAgainAtOnceWhileConnected) {
  for (const State state : {State::kFetching, State::kUploading}) {
    Site site;
    site.BringTo(state, Plan(0, 1));
    site.Do(TransferBroken{Plan(0, 1).id()});
    EXPECT_EQ(site.Count<FetchInputs>() + site.Count<StartUpload>(), 1);
  }
}

TEST(Participant, LinkThatBreaksWithoutEndDoesNotSpinForEver) {
  Site site;
  site.BringTo(State::kUploading, Plan(0, 1));
  int tries = 0;
  do {
    site.Do(TransferBroken{Plan(0, 1).id()});
    ++tries;
    ASSERT_LT(tries, 1000);
  } while (site.Works());
  site.Do(Connected{});
  EXPECT_EQ(site.Count<StartUpload>(), 1) << "a new connection is a new chance";
}

TEST(Participant, SameStepAndModelSendsTheIdenticalVectorAgain) {
  Site site;
  site.BringTo(State::kAwaitingEnd, Plan(0, 1));
  site.Do(PlanEnded{End(Plan(0, 1), v1::PlanEnd::ABANDONED, "too few")});
  EXPECT_EQ(site.Count<DropVector>(), 0);
  site.Do(PlanReceived{Plan(0, 2)});
  EXPECT_EQ(site.Count<StartUpload>(), 1);
  EXPECT_EQ(site.Count<StartCompute>() + site.Count<FetchInputs>(), 0);
}

TEST(Participant, VectorThatIsNotKeptIsComputedAgain) {
  Site repeated;
  repeated.BringTo(State::kAwaitingEnd, Plan(0, 1));
  repeated.Do(VectorGone{});
  EXPECT_THAT(repeated.actions, IsEmpty());
  Site abandoned;
  abandoned.BringTo(State::kAwaitingEnd, Plan(0, 1));
  abandoned.Do(VectorGone{});
  abandoned.Do(PlanEnded{End(Plan(0, 1), v1::PlanEnd::ABANDONED, "too few")});
  repeated.Do(PlanReceived{Plan(0, 1)});
  abandoned.Do(PlanReceived{Plan(0, 2)});
  for (const Site* site : {&repeated, &abandoned}) {
    EXPECT_EQ(site->Count<StartUpload>(), 0);
    EXPECT_EQ(site->Count<FetchInputs>(), 1);
    EXPECT_EQ(site->participant.state(), State::kFetching);
  }
}

TEST(Participant, VectorThatIsBeingSentIsNotGone) {
  Site site;
  site.BringTo(State::kUploading, Plan(0, 1));
  site.Do(VectorGone{});
  site.Do(PlanReceived{Plan(0, 2)});
  EXPECT_EQ(site.Count<StartUpload>(), 1);
}

TEST(Participant, VectorIsNotSentAgainForWhatItWasNotComputedFor) {
  struct Case {
    const char* why;
    v1::Plan plan;
  };
  std::vector<Case> cases = {{"another step", Plan(1, 2)},
                             {"another model", Plan(0, 2, "model-1")},
                             {"another scale: encoded for another number of sites", Plan(0, 2, "model-0", 3)},
                             {"other statistics", Plan(0, 2)}};
  cases[3].plan.mutable_statistics()->add_mean(1);
  for (const Case& c : cases) {
    Site site;
    site.BringTo(State::kAwaitingEnd, Plan(0, 1));
    site.Do(PlanReceived{c.plan});
    EXPECT_EQ(site.Count<StartUpload>(), 0) << c.why;
    EXPECT_EQ(site.Count<DropVector>(), 1) << c.why;
    EXPECT_EQ(site.Count<FetchInputs>(), 1) << c.why;
  }
}

// A secure job's vector is held in the clear: a plan without masks must not be answered with it.
TEST(Participant, AHeldVectorOfASecurePlanIsNeverSentForAPlainOne) {
  v1::Plan secure = Plan(0, 1);
  secure.mutable_secure()->set_epoch(1);
  Site site;
  site.BringTo(State::kAwaitingEnd, secure);
  site.Do(PlanReceived{Plan(0, 2)});
  EXPECT_EQ(site.Count<StartUpload>(), 0);
  EXPECT_EQ(site.Count<FetchInputs>(), 1);
}

TEST(Participant, DeadTrainerIsTriedOnceMoreAndThenThePlanIsRefused) {
  Site site;
  const v1::Plan plan = Plan(0, 1);
  site.BringTo(State::kComputing, plan);
  site.Do(ComputeFailed{plan.id(), "killed: out of memory", /*trainer_died=*/true});
  EXPECT_EQ(site.Count<StartCompute>(), 1);
  EXPECT_EQ(site.Count<TellOperator>(), 1);
  site.Do(ComputeFailed{plan.id(), "killed: out of memory", /*trainer_died=*/true});
  ASSERT_EQ(site.Refusals().size(), 1u);
  EXPECT_FALSE(site.Refusals()[0].permanent());
  EXPECT_EQ(site.Refusals()[0].plan().attempt(), 1u);
  EXPECT_EQ(site.participant.state(), State::kIdle);
  site.Do(PlanReceived{plan});
  EXPECT_THAT(site.actions, IsEmpty()) << "a refused plan stays refused";
  site.Do(PlanReceived{Plan(0, 2)});
  EXPECT_EQ(site.Count<FetchInputs>(), 1);
}

TEST(Participant, WhatTheSiteCannotDoIsRefusedForGood) {
  Site site;
  site.BringTo(State::kComputing, Plan(0, 1));
  site.Do(ComputeFailed{Plan(0, 1).id(), "column 'age' is missing", /*trainer_died=*/false, "a column is missing"});
  ASSERT_EQ(site.Refusals().size(), 1u);
  EXPECT_TRUE(site.Refusals()[0].permanent());
  EXPECT_EQ(site.Refusals()[0].reason(), "a column is missing") << "the operator's words stay here";
  Site fetching;
  fetching.BringTo(State::kFetching, Plan(0, 1));
  fetching.Do(FetchFailed{Plan(0, 1).id(), "hash differs", /*permanent=*/true});
  ASSERT_EQ(fetching.Refusals().size(), 1u);
  EXPECT_TRUE(fetching.Refusals()[0].permanent());
}

TEST(Participant, PauseStopsEverythingAndNothingLeavesAfterwards) {
  for (const State state : kBusyStates) {
    Site site;
    const v1::Plan plan = Plan(0, 1);
    site.BringTo(state, plan);
    site.Do(Paused{});
    EXPECT_EQ(site.Count<StopWork>(), 1);
    EXPECT_EQ(site.Count<DropVector>(), state >= State::kUploading ? 1 : 0);
    EXPECT_FALSE(site.Works());
    for (const ParticipantEvent& event : std::vector<ParticipantEvent>{
             PlanReceived{plan}, PlanReceived{Plan(0, 2)}, InputsFetched{plan.id()}, VectorComputed{plan.id()},
             ComputeFailed{plan.id(), "killed", true}, TransferBroken{plan.id()}, Disconnected{}, Connected{}}) {
      site.Do(event);
      EXPECT_FALSE(site.Works()) << "state " << static_cast<int>(state) << ", event " << event.index();
      EXPECT_THAT(site.Refusals(), IsEmpty());
    }
  }
}

TEST(Participant, ResumedSiteTakesTheSamePlanUpFromTheStart) {
  Site site;
  site.BringTo(State::kUploading, Plan(0, 1));
  site.Do(Paused{});
  site.Do(Resumed{});
  EXPECT_FALSE(site.Works());
  site.Do(PlanReceived{Plan(0, 1)});
  EXPECT_EQ(site.Count<FetchInputs>(), 1);
}

TEST(Participant, NothingIsTransferredWithoutAConnection) {
  Site site;
  site.BringTo(State::kComputing, Plan(0, 1));
  site.Do(Disconnected{});
  EXPECT_EQ(site.participant.state(), State::kComputing) << "the computation goes on";
  site.Do(VectorComputed{Plan(0, 1).id()});
  EXPECT_FALSE(site.Works());
  EXPECT_THAT(site.participant.Describe(), HasSubstr("no connection"));
  site.Do(Connected{});
  EXPECT_EQ(site.Count<StartUpload>(), 1);
}

TEST(Participant, RefusedUploadIsAnsweredAndTheVectorKept) {
  Site site;
  site.BringTo(State::kUploading, Plan(0, 1));
  site.Do(UploadRefused{Plan(0, 1).id(), "this attempt is over"});
  EXPECT_EQ(site.participant.state(), State::kIdle);
  ASSERT_EQ(site.Refusals().size(), 1u);
  EXPECT_FALSE(site.Refusals()[0].permanent());
  EXPECT_EQ(site.Count<DropVector>(), 0);
  site.Do(PlanReceived{Plan(0, 2)});
  EXPECT_EQ(site.Count<StartUpload>(), 1);
}

TEST(Participant, EndsOtherThanAbandonedLetTheVectorGo) {
  for (const v1::PlanEnd::Outcome outcome : {v1::PlanEnd::SUMMED, v1::PlanEnd::LEFT_OUT, v1::PlanEnd::JOB_OVER}) {
    Site site;
    site.BringTo(State::kUploading, Plan(0, 1));
    site.Do(PlanEnded{End(Plan(0, 1), outcome)});
    EXPECT_EQ(site.Count<DropVector>(), 1) << outcome;
    EXPECT_EQ(site.participant.state(), State::kIdle);
    site.Do(PlanReceived{Plan(0, 1)});
    EXPECT_THAT(site.actions, IsEmpty()) << "the attempt is over";
  }
}

TEST(Participant, JobOverIsHeardWhateverPlanItNames) {
  Site site;
  site.BringTo(State::kComputing, Plan(0, 3));
  site.Do(PlanEnded{End(Plan(0, 2), v1::PlanEnd::JOB_OVER, "cancelled")});
  EXPECT_EQ(site.participant.state(), State::kIdle);
  EXPECT_EQ(site.Count<StopWork>(), 1);
  site.Do(PlanReceived{Plan(1, 4)});
  EXPECT_THAT(site.actions, IsEmpty()) << "a plan that was overtaken";
}

TEST(Participant, DescribesItsStateInWords) {
  Site site;
  EXPECT_THAT(site.participant.Describe(), HasSubstr("waiting for a plan"));
  site.BringTo(State::kComputing, Plan(2, 1));
  EXPECT_THAT(site.participant.Describe(), HasSubstr("round 3 of job job-1: computing"));
  site.Do(Paused{});
  EXPECT_THAT(site.participant.Describe(), HasSubstr("paused"));
}

}  // namespace
}  // namespace accord
