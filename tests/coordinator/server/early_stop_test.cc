// Jobs that look at a metric from round to round: when they stop, which model they keep, what their report shows, and
// that a restart anywhere changes nothing of it.
#include <google/protobuf/text_format.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "aggregation/programs/step_schema.h"
#include "coordinator/store/federation_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_payloads.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr uint64_t kParameters = 3;
constexpr char kJob[] = R"pb(
  name: "choosing"
  purpose: "a test"
  data {
    name: "heart"
    features {
      name: "age"
      numeric { min: 0 max: 120 }
    }
    features {
      name: "sex"
      category { levels: "female" levels: "male" }
    }
    target {
      name: "disease"
      category { levels: "no" levels: "yes" }
    }
  }
  preprocessing { standardise: NONE }
  model { logistic_regression {} }
  training {
    sgd { learning_rate: 0.1 }
    local_epochs: 1
  }
  aggregation {
    fedavg {}
    update_bound: 1
    max_rows_per_site: 1000
    plain_sum: true
  }
  rounds { count: 9 min_sites: 1 }
  evaluation {
    metric: ACCURACY
    keep: BEST
    confusion_matrix: true
    subgroups { column: "sex" }
    stop_early { patience_rounds: 2 }
  }
)pb";

v1::JobSpec ChoosingJob() {
  v1::JobSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kJob, &spec));
  ApplyDefaults(spec);
  return spec;
}

// What the one site sends of a model whose accuracy is so many of 100 held-out rows, 60 of them of women: its confusion
// matrix tells the model.
std::string VectorOf(const v1::JobSpec& spec, v1::StepKind kind, uint32_t correct) {
  const VectorSchema schema = StepSchema(spec, kind, kParameters, 1).value();
  std::vector<uint32_t> vector(schema.num_elements());
  const auto put = [&](const char* name, const std::vector<double>& values) {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    if (placed == nullptr) return;
    for (size_t i = 0; i < values.size(); ++i) {
      vector[placed->offset + i] = static_cast<uint32_t>(std::llround(values[i] * placed->scale));
    }
  };
  const double right = correct;
  put(kRowsBlock, {1000});
  put(kUpdateBlock, std::vector<double>(kParameters, 0.5));
  put(kTestRowsBlock, {100});
  put(kTestLossBlock, {0.05});
  put(kTestCorrectBlock, {right});
  put(kTestConfusionBlock, {right - 30, 50 - right + 30, 20, 30});
  put(kGroupPredictionsBlock, {20, 10, 10, 20, 10, 10, 10, 10, 0, 0, 0, 0});
  std::string bytes(vector.size() * sizeof(uint32_t), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  return bytes;
}

class Choosing : public ::testing::Test {
 protected:
  void SetUp() override { Connect(); }
  void Connect() {
    v1::Readiness readiness;
    readiness.add_datasets("heart");
    ada_ = std::make_unique<FakePerson>(coordinator_, "ada");
    north_ = std::make_unique<FakeSite>(coordinator_, "north", readiness);
  }
  void Restart() {
    north_.reset();
    coordinator_.Restart();
    Connect();
  }
  void Submit(const v1::JobSpec& spec) {
    spec_ = spec;
    const std::string model(kParameters * sizeof(float), '\0');
    const grpc::Status status = ada_->Submit(ada_->OpenFor(spec, model, "request"), model, &job_);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  // Answers the next plan; what it asked for.
  v1::Plan Answer(uint32_t correct) {
    const v1::Plan plan = north_->NextPlan();
    EXPECT_TRUE(north_->Upload(plan.id(), VectorOf(spec_, plan.kind(), correct)).has_verified());
    EXPECT_EQ(north_->NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    return plan;
  }
  // Rounds that begin with models of these accuracies.
  void AnswerRounds(const std::vector<uint32_t>& correct) {
    for (const uint32_t rows : correct) EXPECT_EQ(Answer(rows).kind(), v1::STEP_TRAIN);
  }
  // Everything that does not tell when and in which attempt it happened.
  static std::string Essence(v1::JobReport report) {
    for (int i = report.rounds_size() - 1; i >= 0; --i) {
      v1::RoundReport& round = *report.mutable_rounds(i);
      round.clear_attempt();
      round.clear_started_unix_ms();
      round.clear_duration_ms();
      if (round.outcome() != v1::ROUND_FINISHED) report.mutable_rounds()->DeleteSubrange(i, 1);
    }
    report.clear_submitted_unix_ms();
    report.clear_finished_unix_ms();
    report.clear_notes();
    return report.SerializeAsString();
  }

  // 1: the last entry of the log, but for those that say who has read what.
  LogEntry LoggedFromEnd(uint64_t place) {
    FederationLog& log = coordinator_.store().log();
    const auto head = log.identity().CheckHead(log.rows().LastHead(kFederationProject).value());
    for (uint64_t index = head.value().tree_size; index > 0; --index) {
      const LogEntry entry = ParseLogEntry(log.rows().Entry(kFederationProject, index - 1).value()).value();
      if (entry.kind != LogEntryKind::kAccess && --place == 0) return entry;
    }
    ADD_FAILURE() << "the log has no such entry";
    return {};
  }
  // What the log says of the job's end.
  JobEndedPayload LoggedEnd() {
    const LogEntry entry = LoggedFromEnd(1);
    EXPECT_EQ(entry.kind, LogEntryKind::kJobEnded);
    EXPECT_EQ(entry.subject, job_);
    return JobEndedPayload::Parse(entry.payload.bytes).value();
  }

  RunningCoordinator coordinator_;
  std::unique_ptr<FakePerson> ada_;
  std::unique_ptr<FakeSite> north_;
  v1::JobSpec spec_;
  std::string job_;
};

TEST_F(Choosing, StopsEarlyAndKeepsTheBestRoundsModel) {
  Submit(ChoosingJob());
  AnswerRounds({50, 60, 80, 70, 75});  // models of rounds 0 to 4
  EXPECT_EQ(Answer(78).kind(), v1::STEP_EVALUATE) << "rounds 6 to 9 are left out";
  const v1::JobReport report = ada_->FinalReport(job_);
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
  EXPECT_EQ(
      report.reason(),
      "training was stopped early, after round 5 of 9: 2 rounds did not improve the accuracy; the model of round 2 "
      "is kept, the best by accuracy (0.8)");
  EXPECT_EQ(report.rounds_done(), 5u);
  EXPECT_EQ(report.stopped_after(), 5u);
  EXPECT_EQ(report.kept_round(), 2u);
  EXPECT_EQ(LoggedEnd().kept_round, 2u);
  EXPECT_EQ(LoggedFromEnd(2).kind, LogEntryKind::kRound) << "no model was made that is not in the log";
  EXPECT_EQ(report.best().value(), 0.8);
  ASSERT_THAT(report.rounds(), SizeIs(6));
  EXPECT_EQ(report.model_digest(), report.rounds(1).model_digest());
  EXPECT_EQ(report.final_metrics().test_accuracy(), 0.8);
  v1::ModelHeader header;
  std::vector<float> model;
  ASSERT_TRUE(ada_->Fetch(job_, 0, &header, &model).ok());
  EXPECT_EQ(header.round(), 2u);
  EXPECT_THAT(model, Each(FloatNear(1, 1e-5f)));
  ASSERT_TRUE(ada_->Fetch(job_, 5, &header, &model).ok());
  EXPECT_THAT(model, Each(FloatNear(2.5, 1e-5f))) << "the others are there still";
}

TEST_F(Choosing, TheListSaysHowManyRoundsWereDoneWhileItIsEvaluatedAndAfterwards) {
  Submit(ChoosingJob());
  AnswerRounds({50, 60, 80, 70, 75});
  const auto rounds_done = [this] {
    grpc::ClientContext context;
    v1::ListJobsResponse jobs;
    EXPECT_TRUE(ada_->stub().ListJobs(&context, {}, &jobs).ok());
    return jobs.jobs_size() == 1 ? jobs.jobs(0).rounds_done() : 0;
  };
  EXPECT_EQ(rounds_done(), 5u);
  Answer(78);
  EXPECT_EQ(ada_->FinalReport(job_).rounds_done(), 5u);
  EXPECT_EQ(rounds_done(), 5u);
  Restart();
  EXPECT_EQ(rounds_done(), 5u);
}

TEST_F(Choosing, TheReportShowsMatrixAndSubgroupsOfTheKeptModelAlone) {
  Submit(ChoosingJob());
  AnswerRounds({50, 60, 80, 70, 75});
  Answer(78);
  const v1::JobReport report = ada_->FinalReport(job_);
  for (const v1::RoundReport& round : report.rounds()) {
    EXPECT_FALSE(round.metrics().has_detail());
    EXPECT_FALSE(round.has_kept_metrics());
  }
  const v1::MetricsDetail& detail = report.final_metrics().detail();
  EXPECT_THAT(detail.confusion().rows(), ElementsAre(50, 0, 20, 30));
  ASSERT_THAT(detail.subgroups(), SizeIs(1));
  EXPECT_EQ(detail.subgroups(0).groups(0).rows(), 60u);
  EXPECT_THAT(report.notes(), Contains(HasSubstr("the coordinator opened the sums and has seen all cells")));
}

TEST_F(Choosing, KeepsTheLastModelWhereItIsTheBest) {
  Submit(ChoosingJob());
  AnswerRounds({50, 60, 61, 62, 63, 64, 65, 66, 67});
  Answer(68);
  const v1::JobReport report = ada_->FinalReport(job_);
  EXPECT_EQ(report.reason(), "all rounds are done; the model of round 9 is kept, the best by accuracy (0.68)");
  EXPECT_EQ(report.stopped_after(), 0u);
  EXPECT_EQ(report.kept_round(), 9u);
  EXPECT_EQ(LoggedEnd().kept_round, 9u);
  EXPECT_EQ(report.model_digest(), report.rounds(8).model_digest());
  EXPECT_EQ(report.final_metrics().test_accuracy(), 0.68);
}

TEST_F(Choosing, ToldToKeepTheLastItSaysWhichWasBetter) {
  v1::JobSpec spec = ChoosingJob();
  spec.mutable_evaluation()->set_keep(v1::Evaluation::LAST);
  Submit(spec);
  AnswerRounds({50, 60, 80, 70, 75});
  Answer(78);
  const v1::JobReport report = ada_->FinalReport(job_);
  EXPECT_THAT(report.reason(), HasSubstr("the last round's model is kept, although round 2 had a better accuracy"));
  EXPECT_EQ(report.kept_round(), 5u);
  EXPECT_EQ(report.final_metrics().test_accuracy(), 0.78);
  EXPECT_EQ(report.model_digest(), report.rounds(4).model_digest());
}

TEST_F(Choosing, RestartsBetweenAnyTwoRoundsChangeNothing) {
  Submit(ChoosingJob());
  AnswerRounds({50, 60, 80, 70, 75});
  Answer(78);
  v1::JobReport undisturbed = ada_->FinalReport(job_);
  const std::string first = job_;
  // The same request on a coordinator of its own would have the same id; here it is another request of the same person.
  const std::string model(kParameters * sizeof(float), '\0');
  ASSERT_TRUE(ada_->Submit(ada_->OpenFor(spec_, model, "again"), model, &job_).ok());
  for (const uint32_t correct : {50, 60, 80, 70, 75, 78}) {
    Answer(correct);
    Restart();
  }
  v1::JobReport restarted;
  ASSERT_TRUE(ada_->Get(job_, &restarted).ok());
  undisturbed.clear_job_id();
  restarted.clear_job_id();
  EXPECT_EQ(Essence(restarted), Essence(undisturbed)) << restarted.DebugString() << undisturbed.DebugString();
}

TEST_F(Choosing, ACrashBetweenTheLastCommitAndTheEndLosesNoReason) {
  Submit(ChoosingJob());
  AnswerRounds({50, 60, 80, 70, 75});
  Answer(78);
  const std::string reason = ada_->FinalReport(job_).reason();
  // As the disk was in between.
  ASSERT_TRUE(coordinator_.store().jobs().EndJob(job_, v1::JOB_WAITING, "", absl::UnixEpoch()).ok());
  Restart();
  v1::JobReport report;
  ASSERT_TRUE(ada_->Get(job_, &report).ok());
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
  EXPECT_EQ(report.reason(), reason);
  EXPECT_EQ(report.kept_round(), 2u);
  EXPECT_EQ(LoggedEnd(), (JobEndedPayload{v1::JOB_FINISHED, 2}));
}

TEST_F(Choosing, AMetricThatNoRoundMeasuresStopsNothingAndIsSaid) {
  v1::JobSpec spec = ChoosingJob();
  spec.mutable_evaluation()->set_metric(v1::Evaluation::AUC);  // the vectors hold no scores
  spec.mutable_rounds()->set_count(5);
  Submit(spec);
  AnswerRounds({50, 60, 80, 70, 75});
  Answer(78);
  const v1::JobReport report = ada_->FinalReport(job_);
  EXPECT_EQ(report.reason(), "all rounds are done; no round measured the AUC, so the last round's model is kept");
  EXPECT_EQ(report.kept_round(), 5u);
  EXPECT_THAT(report.notes(), Contains(HasSubstr("is not known of 6 rounds")));
}

}  // namespace
}  // namespace accord
