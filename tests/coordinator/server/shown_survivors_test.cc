// A coordinator that ends between showing survivors and hearing who signed them: whoever signed is bound, and it knows.
#include <string>
#include <vector>

#include "aggregation/secure/site/another_attempt.h"
#include "base/content_digest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/secure_drill.h"

namespace accord {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Four sites, and a round over three of them. All three must sign; two promises release a set.
class ShownSurvivors : public SecureDrill {
 protected:
  ShownSurvivors() : SecureDrill(4, 3) {
    for (size_t i = 0; i < updates_.size(); ++i) SetUpdate(i, updates_[i], 3);
  }

  // Sites 0, 1 and 2 have uploaded and are shown to each other.
  std::string BeginOverTheFirstThree() {
    const std::string job = engineer_->SubmitDrill(spec_);
    Connect(first_three_);
    Collect(first_three_);
    return job;
  }
  // Only this attempt's sum over `sites` gives this model.
  void ExpectFinishedOver(const std::string& job, const Sites& sites) {
    const v1::JobReport report = engineer_->FinalReport(job);
    ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
    EXPECT_THAT(report.rounds(report.rounds_size() - 1).sites(), ElementsAreArray(sites_.Names(sites)));
    v1::ModelHeader header;
    std::vector<float> model;
    ASSERT_TRUE(engineer_->Fetch(job, 0, &header, &model).ok());
    float mean = 0;
    for (const size_t i : sites) mean += updates_[i] / 3;
    EXPECT_THAT(model, Each(FloatNear(mean, 1e-5f)));
  }

  const std::vector<float> updates_ = {0.5f, 0.25f, -0.125f, 0.75f};
  const Sites first_three_ = {0, 1, 2};
};

TEST_F(ShownSurvivors, AreTheOnlyOnesWithWhomTheStepIsTriedAgainAfterARestart) {
  const std::string job = BeginOverTheFirstThree();
  for (const size_t i : first_three_) SignInSilence(i);
  RestartCoordinator();
  Connect({3, 1, 2});
  for (const size_t i : Sites{1, 2}) {
    const v1::VoidRequest request = Await(i, Kind::kVoidRequest).void_request();
    EXPECT_EQ(request.plan().attempt(), plan_.attempt());
    EXPECT_FALSE(AnswerVoid(i, request)) << "it has signed";
  }
  const v1::JobReport waiting = Report(job);
  EXPECT_EQ(waiting.state(), v1::JOB_WAITING) << "three sites are here, but others";
  EXPECT_THAT(waiting.waiting_for(), HasSubstr("waits for exactly " + sites_[0].name()));
  Connect({0});
  Collect(first_three_);
  SignAndReveal(first_three_);
  ExpectFinishedOver(job, first_three_);
}

TEST_F(ShownSurvivors, HoldThroughTwoRestarts) {
  const std::string job = BeginOverTheFirstThree();
  const uint32_t first = plan_.attempt();
  for (const size_t i : first_three_) SignInSilence(i);
  RestartCoordinator();
  Connect(first_three_);
  Collect(first_three_);
  for (const size_t i : first_three_) SignInSilence(i);
  RestartCoordinator();
  Connect({3, 1, 2});
  std::vector<uint32_t> asked;
  for (int i = 0; i < 2; ++i) asked.push_back(Await(2, Kind::kVoidRequest).void_request().plan().attempt());
  EXPECT_THAT(asked, ElementsAre(first, plan_.attempt()));
  EXPECT_THAT(Report(job).waiting_for(), HasSubstr("waits for exactly " + sites_[0].name()));
  Connect({0});
  Collect(first_three_);
  SignAndReveal(first_three_);
  ExpectFinishedOver(job, first_three_);
}

TEST_F(ShownSurvivors, BindNobodyOnceEnoughSitesPromiseAfterTheRestartNeverToSign) {
  const std::string job = BeginOverTheFirstThree();
  SignInSilence(0);  // and never comes back
  RestartCoordinator();
  Connect({3, 1, 2});
  for (const size_t i : Sites{1, 2}) EXPECT_TRUE(AnswerVoid(i, Await(i, Kind::kVoidRequest).void_request()));
  const Sites others = {1, 2, 3};
  Collect(others);
  SignAndReveal(others);
  ExpectFinishedOver(job, others);
}

// The row was written, and the coordinator was killed before anybody saw the list.
TEST_F(ShownSurvivors, ThatNobodySawBindNobodyForLong) {
  const std::string job = BeginOverTheFirstThree();
  RestartCoordinator();
  Connect({3, 1, 2});
  for (const size_t i : Sites{1, 2}) EXPECT_TRUE(AnswerVoid(i, Await(i, Kind::kVoidRequest).void_request()));
  Collect({1, 2, 3});
  SignAndReveal({1, 2, 3});
  ExpectFinishedOver(job, {1, 2, 3});
}

// Columns are summed for every job of the data set: what an earlier one showed holds a later one too.
TEST_F(ShownSurvivors, OfAnEarlierJobHoldTheStandardisationOfALaterOneUntilTheyAreReleased) {
  v1::JobSpec spec;
  spec.mutable_data()->set_name("heart");
  spec.mutable_data()->add_features()->mutable_numeric()->set_max(1);
  spec.mutable_data()->mutable_target()->mutable_category()->add_levels("no");
  spec.mutable_data()->mutable_target()->mutable_category()->add_levels("yes");
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_preprocessing()->set_standardise(v1::Preprocessing::FEDERATED);
  spec.mutable_aggregation()->set_max_rows_per_site(100);
  spec.mutable_rounds()->set_count(1);
  spec.mutable_rounds()->set_min_sites(3);
  spec.mutable_rounds()->set_target_sites(3);
  ApplyDefaults(spec);
  secure::AttemptTerms columns;
  columns.kind = v1::STEP_STANDARDISE;
  columns.data_set = "heart";
  const Sha256Digest place = secure::PlaceOf(columns).place;
  const std::vector<std::string> names = sites_.Names(first_three_);
  ASSERT_TRUE(coordinator_.store()
                  .shown()
                  .Keep({"a1", 3, 0, place, /*of_every_job=*/true, {Sha256("a transcript"), names, names, 3, 3, 1}, {}})
                  .ok());
  JobSubmission submission;
  submission.record.id = "b1";
  submission.record.submitted_by = "ada";
  submission.record.spec_bytes = spec.SerializeAsString();
  submission.record.next_attempt = 2;
  submission.inline_model = std::string(8, '\0');
  submission.record.model_digest = HexDigest(ContentDigest(submission.inline_model));
  ASSERT_TRUE(coordinator_.store().jobs().AddJob(submission).ok());
  RestartCoordinator();
  v1::Readiness readiness;
  readiness.add_datasets("heart");
  Connect({3, 1, 2}, readiness);
  const v1::VoidRequest request = Await(1, Kind::kVoidRequest).void_request();
  EXPECT_EQ(request.plan().job_id(), "b1") << "the earlier job may be over";
  EXPECT_EQ(request.plan().attempt(), 0u) << "which no attempt has";
  EXPECT_THAT(Report("b1").waiting_for(), HasSubstr("waits for exactly " + names[0]));
  EXPECT_TRUE(AnswerVoid(1, request));
  EXPECT_TRUE(AnswerVoid(2, Await(2, Kind::kVoidRequest).void_request()));
  GiveKeys({1, 2, 3});
  EXPECT_THAT(Await(3, Kind::kPlan).plan().secure().voids(), SizeIs(2));
  EXPECT_THAT(coordinator_.store().shown().At(place, "c1").value()[0].voids, SizeIs(2)) << "for jobs to come";
  EXPECT_THAT(coordinator_.store().shown().At(Sha256("another"), "c1").value(), IsEmpty());
}

}  // namespace
}  // namespace accord
