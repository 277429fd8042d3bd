// The daemon's trainers, as real sandboxed processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "client/daemon/training/confined_words.h"
#include "tests/client/daemon/training/host_fixture.h"
#include "tests/client/daemon/training/process_peak.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class TrainerHostTest : public ::testing::Test {
 protected:
  void SetUp() override { ACCORD_SKIP_WITHOUT_SANDBOX(); }

  std::unique_ptr<TrainerHost> MakeHost(TrainerHostOptions options) {
    absl::StatusOr<std::unique_ptr<TrainerHost>> host = TrainerHost::Create(std::move(options));
    EXPECT_TRUE(host.ok()) << host.status();
    return *std::move(host);
  }
  std::unique_ptr<TrainerHost> HostWithTable(const std::string& rows) {
    folder_.Write("rows.csv", rows);
    TrainerHostOptions options = HostOptions();
    options.datasets.push_back({"table", folder_.Write("mapping.yaml", kTableMapping)});
    return MakeHost(std::move(options));
  }

  TemporaryFolder folder_;
};

TEST_F(TrainerHostTest, ADrillAnswersWithASixteenthOfTheModelTakenAway) {
  const std::unique_ptr<TrainerHost> host = MakeHost(HostOptions());
  Computation computation(DrillJob(1000), "", v1::STEP_TRAIN, std::vector<float>(1000, 0.5f));
  const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(computation.Block(kUpdateBlock), Each(::testing::DoubleNear(-0.5 / 16, 1e-6)));
  EXPECT_EQ(computation.Block(kRowsBlock), std::vector<double>{1});
}

TEST_F(TrainerHostTest, ATableIsTrainedOnAndKeptBetweenSteps) {
  const std::unique_ptr<TrainerHost> host = HostWithTable(TableRows(100));
  Computation computation(TableJob(), "table", v1::STEP_TRAIN, {0, 0});
  for (int round = 1; round <= 3; ++round) {
    computation.request.step.set_round(static_cast<uint32_t>(round));
    const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->train_rows, 100u);
    EXPECT_EQ(result->site_note, "");
    EXPECT_GT(computation.Block(kUpdateBlock)[0], 0);
  }
}

// Other statistics want the rows as they were, which are read again. A file that is broken by then is no reason to send
// zeros for the rest of the job: the process ends, and the next one has the data or says why not.
TEST_F(TrainerHostTest, RowsThatCannotBeReadAgainAreAnErrorAndNotAVectorOfZeros) {
  const std::unique_ptr<TrainerHost> host = HostWithTable(TableRows(100));
  v1::JobSpec job = TableJob();
  job.mutable_preprocessing()->set_standardise(v1::Preprocessing::FEDERATED);
  Computation computation(job, "table", v1::STEP_TRAIN, {0, 0});
  v1::ColumnStatistics& statistics = *computation.request.step.mutable_statistics();
  statistics.add_mean(4.5);
  statistics.add_spread(3);
  ASSERT_TRUE(host->Compute(computation.request, nullptr).ok());
  // In place: the sandbox shows the file itself.
  folder_.Write("rows.csv", "nothing\nof it\n");
  statistics.set_spread(0, 2);
  const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
  EXPECT_FALSE(result.ok()) << "train rows " << result->train_rows << ", " << result->site_note;
  folder_.Write("rows.csv", TableRows(100));
  const absl::StatusOr<ComputeResult> again = host->Compute(computation.request, nullptr);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->train_rows, 100u);
}

TEST_F(TrainerHostTest, WithFewerRowsThanTheCharterDemandsNothingIsComputed) {
  const std::unique_ptr<TrainerHost> host = HostWithTable(TableRows(100));
  Computation computation(TableJob(), "table", v1::STEP_TRAIN, {0, 0});
  computation.request.step.set_min_train_rows(100);
  EXPECT_TRUE(host->Compute(computation.request, nullptr).ok());
  computation.request.step.set_min_train_rows(101);
  computation.request.step.set_min_rows_clause("the charter's floors.min_rows (line 30)");
  const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()),
              ::testing::AllOf(::testing::HasSubstr("fewer training rows for the job than 101"),
                               ::testing::HasSubstr("the charter's floors.min_rows (line 30)")));
}

// Each is a process with LibTorch: a second to load, and memory for as long as the daemon runs.
TEST_F(TrainerHostTest, TheTrainerForDrillsWaitsForTheFirstDrillWhereThereAreRows) {
  const std::unique_ptr<TrainerHost> with_rows = HostWithTable(TableRows(100));
  ASSERT_TRUE(with_rows->Warm().ok());
  EXPECT_EQ(TrainerPeaksKib().size(), 1u);
  Computation drill(DrillJob(10), "", v1::STEP_TRAIN, std::vector<float>(10));
  EXPECT_TRUE(with_rows->Compute(drill.request, nullptr).ok());
  EXPECT_EQ(TrainerPeaksKib().size(), 3u) << "for drills there are a warm one and the job's own";
}

TEST_F(TrainerHostTest, WithoutRowsTheTrainerForDrillsIsWarmAtTheStart) {
  const std::unique_ptr<TrainerHost> without_rows = MakeHost(HostOptions());
  ASSERT_TRUE(without_rows->Warm().ok());
  EXPECT_EQ(TrainerPeaksKib().size(), 1u);
}

TEST_F(TrainerHostTest, ReplacedFilesAreReadByTheNextJob) {
  const std::unique_ptr<TrainerHost> host = HostWithTable(TableRows(100));
  Computation computation(TableJob(), "table", v1::STEP_TRAIN, {0, 0});
  ASSERT_TRUE(host->Compute(computation.request, nullptr).ok());
  folder_.Write("next.csv", TableRows(50));
  std::filesystem::rename(folder_.path() + "/next.csv", folder_.path() + "/rows.csv");
  computation.request.job_id = "job-2";
  const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->train_rows, 50u);
}

TEST_F(TrainerHostTest, BadRowsEndTheJobHereWithTheirPlaceButWithoutTheirValue) {
  const std::unique_ptr<TrainerHost> host = HostWithTable("x,y\n1,no\nsecret,yes\n");
  Computation computation(TableJob(), "table", v1::STEP_TRAIN, {0, 0});
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("line 3"), HasSubstr("column 'x'"),
                                                   HasSubstr("not a number"), ::testing::Not(HasSubstr("secret"))));
}

TEST_F(TrainerHostTest, CheckDataReportsRowsAndFaults) {
  const std::unique_ptr<TrainerHost> host = HostWithTable("x,y\n1,no\nnought,yes\n3,perhaps\n");
  const v1::JobSpec job = TableJob();
  const absl::StatusOr<v1::DataReport> report = host->CheckData("table", &job.data());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->rows(), 3u);
  ASSERT_EQ(report->faults_size(), 2);
  EXPECT_EQ(report->faults(0).line(), 3u);
  EXPECT_EQ(report->faults(1).problem(), "undeclared level");
}

// The sources and the opt-out list, as the sandbox shows them.

TEST_F(TrainerHostTest, AChangedOptOutListHoldsForTheNextJob) {
  folder_.Write("rows.csv", "id,x,y\na,1,no\nb,9,yes\nc,2,no\n");
  TrainerHostOptions options = HostOptions();
  options.opt_out_list = folder_.Write("opt-out.txt", "b\n");
  options.datasets.push_back({"table", folder_.Write("mapping.yaml", absl::StrCat(kTableMapping, "person_id: id\n"))});
  const std::unique_ptr<TrainerHost> host = MakeHost(options);
  Computation computation(TableJob(), "table", v1::STEP_TRAIN, {0, 0});
  EXPECT_EQ(host->Compute(computation.request, nullptr)->train_rows, 2u);
  EXPECT_EQ(host->CheckData("table", nullptr)->opted_out_rows(), 1u);
  folder_.Write("next.txt", "b\nc\n");
  std::filesystem::rename(folder_.path() + "/next.txt", options.opt_out_list);
  computation.request.job_id = "job-2";
  EXPECT_EQ(host->Compute(computation.request, nullptr)->train_rows, 1u);
  std::filesystem::remove(options.opt_out_list);
  computation.request.job_id = "job-3";
  EXPECT_FALSE(host->Compute(computation.request, nullptr).ok()) << "a list that is gone stops everything";
}

TEST_F(TrainerHostTest, WithAnOptOutListEveryMappingMustSayWhoseARowIs) {
  TrainerHostOptions options = HostOptions();
  options.opt_out_list = folder_.Write("opt-out.txt", "");
  options.datasets.push_back({"a", folder_.Write("a.yaml", kTableMapping)});
  options.datasets.push_back({"b", folder_.Write("b.yaml", kTableMapping)});
  const absl::Status status = TrainerHost::Create(options).status();
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("a.yaml: person_id: is missing"), HasSubstr("b.yaml: person_id: is missing")));
}

TEST_F(TrainerHostTest, ADatabaseIsReadInTheSandbox) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder_.path() + "/rows.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE t (x, y); INSERT INTO t VALUES (1, 'no'), (9, 'yes'), (NULL, 'no')",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  TrainerHostOptions options = HostOptions();
  options.datasets.push_back(
      {"table", folder_.Write("mapping.yaml", "sqlite: {file: rows.db, query: 'SELECT * FROM t ORDER BY x'}\n")});
  const std::unique_ptr<TrainerHost> host = MakeHost(options);
  const v1::JobSpec job = TableJob();
  const absl::StatusOr<v1::DataReport> report = host->CheckData("table", &job.data());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->rows(), 3u);
  EXPECT_EQ(report->num_faults(), 0u) << report->faults(0).problem();
  EXPECT_EQ(report->columns(0).missing(), 1u);
}

TEST_F(TrainerHostTest, AFolderOfImagesIsReadInTheSandbox) {
  std::filesystem::create_directories(folder_.path() + "/scans/ward");
  folder_.Write("scans/ward/a.png", "no image");
  folder_.Write("labels.csv", "file,y\nward/a.png,no\n../labels.csv,yes\n");
  TrainerHostOptions options = HostOptions();
  options.datasets.push_back(
      {"scans", folder_.Write("mapping.yaml", "image_folder: {folder: scans/, labels: labels.csv}\n")});
  const std::unique_ptr<TrainerHost> host = MakeHost(options);
  const absl::StatusOr<v1::DataReport> report = host->CheckData("scans", nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->faults_size(), 2);
  EXPECT_EQ(report->faults(0).problem(), "is neither PNG nor JPEG");
  EXPECT_THAT(report->faults(1).problem(), HasSubstr("no path below the folder"));
}

TEST_F(TrainerHostTest, AnUndeclaredDataSetIsRefused) {
  const std::unique_ptr<TrainerHost> host = MakeHost(HostOptions());
  Computation computation(TableJob(), "other", v1::STEP_TRAIN, {0, 0});
  EXPECT_EQ(host->Compute(computation.request, nullptr).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TrainerHostTest, AJobThatWantsMoreMemoryThanTheSiteAllowsIsRefused) {
  const std::unique_ptr<TrainerHost> host = MakeHost(HostOptions());
  v1::JobSpec job = DrillJob(10);
  job.mutable_compute()->set_memory_mib(4096);
  Computation computation(job, "", v1::STEP_TRAIN, std::vector<float>(10));
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("memory"));
}

TEST_F(TrainerHostTest, AModelTooLargeForTheMemoryIsRefusedInWordsAndTheHostGoesOn) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "no address-space limit holds beside a sanitizer's shadow memory";
#endif
  const std::unique_ptr<TrainerHost> host = HostWithTable(TableRows(100));
  v1::JobSpec large = TableJob();
  for (int layer = 0; layer < 2; ++layer) large.mutable_model()->mutable_mlp()->add_hidden(25'000);  // 2.5 GB
  large.mutable_compute()->set_memory_mib(256);
  Computation computation(large, "table", v1::STEP_TRAIN, {0, 0});
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("out of memory"));
  Computation small(TableJob(), "table", v1::STEP_TRAIN, {0, 0});
  EXPECT_TRUE(host->Compute(small.request, nullptr).ok());
}

TEST_F(TrainerHostTest, AVectorThatCannotBeSealedIsRefused) {
  const std::unique_ptr<TrainerHost> host = MakeHost(HostOptions());
  Computation computation(DrillJob(10), "", v1::STEP_TRAIN, std::vector<float>(10));
  const UniqueFd unsealable(memfd_create("vector", MFD_CLOEXEC));
  computation.request.vector_fd = unsealable.get();
  EXPECT_EQ(host->Compute(computation.request, nullptr).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TrainerHostTest, AMissingMappingIsToldWhenTheHostIsMade) {
  TrainerHostOptions options = HostOptions();
  options.datasets.push_back({"table", folder_.path() + "/absent.yaml"});
  EXPECT_FALSE(TrainerHost::Create(std::move(options)).ok());
}

TEST_F(TrainerHostTest, AMissingTrainerIsToldWhenTheHostIsMade) {
  EXPECT_EQ(TrainerHost::Create(HostOptions("absent")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TrainerHostTest, WithTheSandboxOffTheTrainerStillWorks) {
  TrainerHostOptions options = HostOptions();
  options.sandbox.set_mode(v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT);
  const std::unique_ptr<TrainerHost> host = MakeHost(std::move(options));
  Computation computation(DrillJob(10), "", v1::STEP_TRAIN, std::vector<float>(10, 1));
  EXPECT_TRUE(host->Compute(computation.request, nullptr).ok());
}

// ---- a trainer that misbehaves ----

class FaultyTrainer : public TrainerHostTest {
 protected:
  absl::StatusOr<ComputeResult> ComputeWith(TrainerHost& host, const std::string& how) {
    v1::JobSpec job = DrillJob(10);
    job.set_name(how);
    Computation computation(job, "", v1::STEP_TRAIN, std::vector<float>(10));
    return host.Compute(computation.request, [this](uint64_t, uint64_t) { ++progress_; });
  }
  std::unique_ptr<TrainerHost> FaultyHost(uint32_t silence_s = 60) {
    TrainerHostOptions options = HostOptions("faulty_trainer");
    options.sandbox.set_silence_s(silence_s);
    options.sandbox.set_memory_mib(256);
    return MakeHost(std::move(options));
  }
  int progress_ = 0;
};

TEST_F(FaultyTrainer, ACrashCostsOneComputationAndIsToldInWords) {
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  const absl::Status status = ComputeWith(*host, "crash").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("trainer"));
  EXPECT_TRUE(ComputeWith(*host, "well").ok());
}

TEST_F(FaultyTrainer, ASilentTrainerIsKilledAfterTheConfiguredTime) {
  const std::unique_ptr<TrainerHost> host = FaultyHost(/*silence_s=*/1);
  const absl::Status status = ComputeWith(*host, "silent").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no progress"));
  EXPECT_TRUE(ComputeWith(*host, "well").ok());
}

TEST_F(FaultyTrainer, TheSameProgressAgainAndAgainIsNoProgress) {
  const std::unique_ptr<TrainerHost> host = FaultyHost(/*silence_s=*/1);
  EXPECT_EQ(ComputeWith(*host, "repeats-itself").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(FaultyTrainer, MemoryBeyondTheLimitIsToldInWords) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "no address-space limit holds beside a sanitizer's shadow memory";
#endif
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  const absl::Status status = ComputeWith(*host, "memory").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("out of memory"));
  EXPECT_THAT(WordsThatMayLeave(status), HasSubstr("ran out of memory (compute.memory_mib")) << "its kind may leave";
  EXPECT_TRUE(ComputeWith(*host, "well").ok());
}

TEST_F(FaultyTrainer, WordsOfATrainerThatTellRowsAreShownToTheOperatorAloneAndNotWhole) {
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  const absl::Status status = ComputeWith(*host, "tells-rows").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("ROW 4711"), Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
  EXPECT_LE(status.message().size(), kMaxConfinedWords);
  const std::string leaves = WordsThatMayLeave(status);
  EXPECT_THAT(leaves, AllOf(Not(HasSubstr("4711")), HasSubstr("this site's operator sees why")));
  EXPECT_LT(leaves.size(), 300u);
}

TEST_F(FaultyTrainer, BytesThatAreNoMessageEndTheTrainer) {
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  const absl::Status status = ComputeWith(*host, "garbage").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no message"));
  EXPECT_TRUE(ComputeWith(*host, "well").ok());
}

TEST_F(FaultyTrainer, TheVectorCannotBeShrunkUnderTheDaemon) {
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  const absl::StatusOr<ComputeResult> result = ComputeWith(*host, "shrink");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->train_rows, 7u);
}

TEST_F(FaultyTrainer, TheModelCannotBeWrittenTo) {
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  const absl::StatusOr<ComputeResult> result = ComputeWith(*host, "overwrite-model");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->train_rows, 7u);
}

TEST_F(FaultyTrainer, ProgressReachesTheCaller) {
  const std::unique_ptr<TrainerHost> host = FaultyHost();
  EXPECT_TRUE(ComputeWith(*host, "well").ok());
  EXPECT_EQ(progress_, 1);
}

TEST_F(FaultyTrainer, EndJobFromAnotherThreadCancelsTheComputation) {
  TrainerHostOptions options = HostOptions("faulty_trainer");
  const std::unique_ptr<TrainerHost> host = MakeHost(std::move(options));
  v1::JobSpec job = DrillJob(10);
  job.set_name("repeats-itself");
  Computation computation(job, "", v1::STEP_TRAIN, std::vector<float>(10));
  absl::Notification computing;
  absl::Status status;
  std::thread worker(
      [&] { status = host->Compute(computation.request, [&](uint64_t, uint64_t) { computing.Notify(); }).status(); });
  computing.WaitForNotification();
  host->EndJob("job-1");
  worker.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
}

TEST_F(FaultyTrainer, EndAllCancelsEveryComputationAndTheHostCanBeUsedAgain) {
  TrainerHostOptions options = HostOptions("faulty_trainer");
  const std::unique_ptr<TrainerHost> host = MakeHost(std::move(options));
  v1::JobSpec job = DrillJob(10);
  job.set_name("repeats-itself");
  Computation computation(job, "", v1::STEP_TRAIN, std::vector<float>(10));
  absl::Notification computing;
  absl::Status status;
  std::thread worker(
      [&] { status = host->Compute(computation.request, [&](uint64_t, uint64_t) { computing.Notify(); }).status(); });
  computing.WaitForNotification();
  host->EndAll();
  worker.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_TRUE(ComputeWith(*host, "well").ok());
}

}  // namespace
}  // namespace accord
