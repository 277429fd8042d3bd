// Tables that are several times as large as a trainer's memory, through real sandboxed processes.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random_stream.h"
#include "tests/client/daemon/training/host_fixture.h"
#include "tests/client/daemon/training/open_files.h"
#include "tests/client/daemon/training/process_peak.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Ne;

// 61 levels become 60 columns: 2.3 million rows of six characters are 561 MB of numbers.
constexpr int kWideLevels = 61;
constexpr int kWideRows = 2'300'000;

v1::JobSpec WideJob(uint32_t memory_mib) {
  v1::JobSpec job = DrillJob(1);
  job.set_name("wide");
  job.mutable_model()->mutable_logistic_regression();
  job.mutable_data()->set_name("wide");
  v1::Feature& feature = *job.mutable_data()->add_features();
  feature.set_name("ward");
  for (int i = 0; i < kWideLevels; ++i) feature.mutable_category()->add_levels(absl::StrCat("w", i));
  job.mutable_data()->mutable_target()->set_name("ill");
  for (const char* level : {"no", "yes"}) job.mutable_data()->mutable_target()->mutable_category()->add_levels(level);
  job.mutable_preprocessing()->set_standardise(v1::Preprocessing::FEDERATED);
  job.mutable_training()->mutable_sgd()->set_learning_rate(0.5);
  job.mutable_training()->set_local_steps(400);
  job.mutable_training()->set_batch_size(512);
  job.mutable_aggregation()->set_max_rows_per_site(100'000);
  job.mutable_compute()->set_memory_mib(memory_mib);
  return job;
}

class LargeTableHost : public ::testing::Test {
 protected:
  void SetUp() override { ACCORD_SKIP_WITHOUT_SANDBOX(); }

  std::unique_ptr<TrainerHost> MakeHost(uint64_t max_scratch_mib) {
    TrainerHostOptions options = HostOptions();
    options.sandbox.set_memory_mib(4096);
    options.sandbox.set_max_data_mib(8192);
    options.sandbox.set_max_scratch_mib(max_scratch_mib);
    options.scratch_dir = scratch_dir_;
    options.datasets.push_back(
        {"wide", folder_.Write("mapping.yaml", "csv: {file: rows.csv}\nsplit: {test_fraction: 0.2}\n")});
    absl::StatusOr<std::unique_ptr<TrainerHost>> host = TrainerHost::Create(std::move(options));
    EXPECT_TRUE(host.ok()) << host.status();
    return *std::move(host);
  }
  void WriteWideRows() {
    std::string csv = "ward,ill\n";
    RandomStream random({1, "", 0, "test"});
    for (int i = 0; i < kWideRows; ++i) {
      const auto ward = static_cast<int>(random.NextBelow(kWideLevels));
      absl::StrAppend(&csv, "w", ward, ",", ward % 3 == 0 ? "yes" : "no", "\n");
    }
    folder_.Write("rows.csv", csv);
  }
  static v1::ColumnStatistics SomeStatistics(int columns) {
    v1::ColumnStatistics statistics;
    for (int i = 0; i < columns; ++i) {
      statistics.add_mean(1.0 / kWideLevels);
      statistics.add_spread(0.126);
    }
    return statistics;
  }
  // The bytes of a step's vector.
  static std::string VectorOf(TrainerHost& host, const v1::JobSpec& job, v1::StepKind kind) {
    const size_t parameters = kind == v1::STEP_STANDARDISE ? 0 : 61;
    Computation computation(job, "wide", kind, std::vector<float>(61, 0.01f));
    if (parameters > 0) *computation.request.step.mutable_statistics() = SomeStatistics(60);
    const absl::StatusOr<ComputeResult> result = host.Compute(computation.request, nullptr);
    EXPECT_TRUE(result.ok()) << result.status();
    if (!result.ok()) return "";
    EXPECT_EQ(result->site_note, "");
    std::string bytes(computation.request.step.vector_bytes(), '\0');
    EXPECT_TRUE(ReadFully(computation.request.vector_fd, bytes.data(), bytes.size(), 0).ok());
    return bytes;
  }

  TemporaryFolder folder_;
  TemporaryFolder folder_on_disk_{ACCORD_BINARY_DIR};  // that of temporary files may be in memory
  std::string scratch_dir_ = ACCORD_BINARY_DIR;
};

TEST_F(LargeTableHost, ATableOfSevenTimesTheMemoryGivesTheVectorsThatItGivesInMemory) {
  WriteWideRows();
  std::map<v1::StepKind, std::string> on_disk = {
      {v1::STEP_STANDARDISE, ""}, {v1::STEP_TRAIN, ""}, {v1::STEP_EVALUATE, ""}};
  const std::unique_ptr<TrainerHost> narrow = MakeHost(1024);
  for (auto& [kind, vector] : on_disk) vector = VectorOf(*narrow, WideJob(64), kind);
  // Before there is a trainer with all rows in its memory.
  const uint64_t peak = TrainerPeakMib();
  std::cout << "peak of the trainer with the rows on disk: " << peak << " MiB, LibTorch with it\n";
  EXPECT_GT(peak, 50u);
  EXPECT_LT(peak, 400u) << "the rows alone are 535 MiB";
  const std::unique_ptr<TrainerHost> roomy = MakeHost(0);
  for (const auto& [kind, vector] : on_disk) {
    EXPECT_FALSE(vector.empty());
    EXPECT_EQ(vector, VectorOf(*roomy, WideJob(2048), kind)) << v1::StepKind_Name(kind);
  }
  const absl::Status in_memory =
      MakeHost(0)
          ->Compute(Computation(WideJob(64), "wide", v1::STEP_STANDARDISE, std::vector<float>(61)).request, nullptr)
          .status();
  EXPECT_THAT(std::string(in_memory.message()), HasSubstr("sandbox.max_scratch_mib"));
}

TEST_F(LargeTableHost, AScratchFileThatIsTooSmallIsRefusedWithTheSetting) {
  WriteWideRows();
  const std::unique_ptr<TrainerHost> host = MakeHost(100);
  const Computation computation(WideJob(64), "wide", v1::STEP_STANDARDISE, std::vector<float>(61));
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("sandbox.max_scratch_mib"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("100 MiB"));
}

TEST_F(LargeTableHost, AScratchFileIsOfNoMoreThanTheSitesPolicyLets) {
  WriteWideRows();
  const std::unique_ptr<TrainerHost> host = MakeHost(1024);
  Computation computation(WideJob(64), "wide", v1::STEP_STANDARDISE, std::vector<float>(61));
  computation.request.max_scratch_mib = 50;
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.scratch_mib of the site's policy"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("50 MiB"));
}

TEST_F(LargeTableHost, WithoutAFolderForScratchFilesASmallTableTrains) {
  folder_.Write("rows.csv", "ward,ill\nw1,yes\nw2,no\nw3,yes\nw4,no\nw5,yes\nw6,no\nw7,yes\n");
  scratch_dir_ = folder_.path() + "/nowhere";
  EXPECT_NE(VectorOf(*MakeHost(100), WideJob(64), v1::STEP_STANDARDISE), "");
}

TEST_F(LargeTableHost, NothingOfAScratchFileIsLeftBehind) {
  if (!MaySeeOpenFilesOfTrainers()) GTEST_SKIP() << "what a trainer's process holds is hidden from all but root";
  WriteWideRows();
  scratch_dir_ = folder_on_disk_.path();
  const std::unique_ptr<TrainerHost> host = MakeHost(1024);
  EXPECT_THAT(FilesOpenIn(scratch_dir_), IsEmpty());
  EXPECT_NE(VectorOf(*host, WideJob(64), v1::STEP_STANDARDISE), "");
  EXPECT_TRUE(std::filesystem::is_empty(scratch_dir_)) << "it has no name";
  EXPECT_THAT(FilesOpenIn(scratch_dir_), ElementsAre(AllOf(Field(&OpenFile::process, Ne(getpid())),
                                                           Field(&OpenFile::taken_bytes, Gt(uint64_t{300} << 20)))))
      << "the job's process alone has it, and it takes room";
  host->EndJob("job-1");
  EXPECT_THAT(FilesOpenIn(scratch_dir_), IsEmpty()) << "the room comes back with the last descriptor";
}

// ---- minutes ----

constexpr int kNumbers = 20;

v1::JobSpec FiveGigabyteJob() {
  v1::JobSpec job = WideJob(1024);
  job.mutable_data()->clear_features();
  for (int i = 0; i < kNumbers; ++i) {
    v1::Feature& feature = *job.mutable_data()->add_features();
    feature.set_name(absl::StrCat("x", i));
    feature.mutable_numeric()->set_max(1000);
  }
  job.mutable_training()->clear_local_steps();
  job.mutable_training()->set_local_epochs(1);
  job.mutable_training()->mutable_sgd()->set_learning_rate(0.01);
  job.mutable_aggregation()->set_max_rows_per_site(100'000'000);
  return job;
}

// `bytes` of rows whose target follows from them, from 64 MiB of them again and again.
uint64_t WriteNumbers(const std::string& path, uint64_t bytes) {
  std::string chunk;
  RandomStream random({1, "", 0, "test"});
  uint64_t rows_of_chunk = 0;
  while (chunk.size() < (size_t{64} << 20)) {
    double sum = 0;
    for (int i = 0; i < kNumbers; ++i) {
      const double value = 1000 * random.NextDouble();
      sum += i % 2 == 0 ? value : -value;
      absl::StrAppendFormat(&chunk, "%.3f,", value);
    }
    absl::StrAppend(&chunk, sum > 0 ? "yes\n" : "no\n");
    ++rows_of_chunk;
  }
  std::ofstream file(path, std::ios::binary);
  for (int i = 0; i < kNumbers; ++i) file << "x" << i << ",";
  file << "ill\n";
  uint64_t rows = 0;
  for (uint64_t written = 0; written < bytes; written += chunk.size(), rows += rows_of_chunk) file << chunk;
  EXPECT_TRUE(file.good());
  return rows;
}

TEST_F(LargeTableHost, FiveGigabytesTrainInAGigabyte) {
  if (std::getenv("ACCORD_LONG") == nullptr) GTEST_SKIP() << "takes minutes and 9 GB of disk; tests/long.sh runs it";
  const uint64_t rows = WriteNumbers(folder_.path() + "/rows.csv", uint64_t{5'000'000'000});
  const std::unique_ptr<TrainerHost> host = MakeHost(16384);
  const v1::JobSpec job = FiveGigabyteJob();
  uint64_t peak = 0;
  for (const v1::StepKind kind : {v1::STEP_STANDARDISE, v1::STEP_TRAIN}) {
    Computation computation(job, "wide", kind, std::vector<float>(kNumbers + 1));
    if (kind == v1::STEP_TRAIN) {
      for (int i = 0; i < kNumbers; ++i) {
        computation.request.step.mutable_statistics()->add_mean(500);
        computation.request.step.mutable_statistics()->add_spread(288.7);
      }
    }
    const auto begun = std::chrono::steady_clock::now();
    const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->site_note, "");
    EXPECT_GT(result->train_rows, rows / 4 * 3);
    peak = std::max(peak, TrainerPeakMib());
    std::cout << v1::StepKind_Name(kind) << ": " << rows << " rows in " << seconds << " s, "
              << static_cast<double>(rows) / seconds << " rows/s, peak " << peak << " MiB\n";
  }
  EXPECT_GT(peak, 100u);
  EXPECT_LT(peak, 1024u);
}

}  // namespace
}  // namespace accord
