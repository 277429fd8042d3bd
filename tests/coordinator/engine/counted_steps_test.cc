#include "coordinator/engine/counted_steps.h"

#include <string>
#include <vector>

#include "base/hash.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::RoundReport RoundOf(uint32_t step, v1::StepKind kind, v1::RoundOutcome outcome,
                        const std::vector<std::string>& sites) {
  v1::RoundReport round;
  round.set_step(step);
  round.set_attempt(step + 1);
  round.set_kind(kind);
  round.set_outcome(outcome);
  for (const std::string& site : sites) round.add_sites(site);
  return round;
}

TEST(CountedSteps, AreThoseOfFinishedTrainingRoundsAlsoAfterARestart) {
  const TemporaryFolder folder;
  auto store = Store::Open(folder.Path("state")).value();
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_scaffold();
  JobSubmission submission;
  submission.record.id = "job";
  submission.record.submitted_by = "ada";
  submission.record.request_id = "job";
  submission.record.spec_bytes = spec.SerializeAsString();
  submission.inline_model = "m";
  submission.record.model_digest = Sha256Hex(submission.inline_model);
  const absl::Status added = store->jobs().AddJob(submission);
  ASSERT_TRUE(added.ok()) << added;
  CountedSteps counted = CountedSteps::Load(spec, "job", store->jobs()).value();
  const std::vector<v1::RoundReport> rounds = {RoundOf(0, v1::STEP_STANDARDISE, v1::ROUND_FINISHED, {"a", "b", "c"}),
                                               RoundOf(1, v1::STEP_TRAIN, v1::ROUND_FINISHED, {"a", "b"}),
                                               RoundOf(2, v1::STEP_TRAIN, v1::ROUND_FINISHED, {"a"}),
                                               RoundOf(4, v1::STEP_EVALUATE, v1::ROUND_FINISHED, {"a", "b", "c"})};
  for (const v1::RoundReport& round : rounds) {
    RoundClose close;
    close.job_id = "job";
    close.report = round;
    close.model_digest = submission.record.model_digest;
    const absl::Status closed = store->jobs().CloseRound(close);
    ASSERT_TRUE(closed.ok()) << closed;
    counted.Add(round);
  }
  const v1::RoundReport abandoned = RoundOf(5, v1::STEP_TRAIN, v1::ROUND_ABANDONED, {"a", "b", "c"});
  ASSERT_TRUE(store->jobs().RecordAbandoned("job", abandoned).ok());
  counted.Add(abandoned);
  const std::vector<std::string> cohort = {"c", "b", "a"};
  EXPECT_THAT(counted.Of(cohort), ElementsAre(3, 2, 0)) << "a, b, c";
  EXPECT_THAT(CountedSteps::Load(spec, "job", store->jobs())->Of(cohort), ElementsAre(3, 2, 0));
  spec.mutable_aggregation()->mutable_fedavg();
  EXPECT_THAT(CountedSteps::Load(spec, "job", store->jobs())->Of(cohort), IsEmpty());
}

}  // namespace
}  // namespace accord
