// Tables that do not fit in memory: the same rows, wherever they lie.
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "aggregation/newton/newton_sums.h"
#include "aggregation/newton/regression.h"
#include "models/row_reader.h"
#include "tests/client/trainer/table_fixture.h"
#include "tests/scratch_file.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kScratchBytes = uint64_t{8} << 20;
constexpr uint64_t kSmallMemory = 4096;

struct ReadRows {
  std::vector<float> numbers;
  std::vector<float> targets;
};

ReadRows EveryRowOf(const Examples& examples) {
  std::vector<uint32_t> rows(examples.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  ReadRows all{std::vector<float>(rows.size() * 3), std::vector<float>(rows.size())};
  EXPECT_TRUE(RowReader(examples, 3).Read(rows, all.numbers.data(), absl::MakeSpan(all.targets)).ok());
  return all;
}

void ExpectSameBits(const Examples& left, const Examples& right) {
  const ReadRows a = EveryRowOf(left), b = EveryRowOf(right);
  ASSERT_EQ(a.targets.size(), b.targets.size());
  EXPECT_EQ(std::memcmp(a.numbers.data(), b.numbers.data(), a.numbers.size() * sizeof(float)), 0);
  EXPECT_EQ(a.targets, b.targets);
}

class LargeTable : public TableTest {
 protected:
  LargeTable() : scratch_(kScratchBytes) { mapping_.mutable_split()->set_test_fraction(0.3); }

  // With missing values, and as many levels as there are.
  static std::string Rows(int count) {
    std::string csv = "age,pain,ill\n";
    for (int i = 0; i < count; ++i) {
      const std::string age = i % 11 == 0 ? "?" : absl::StrCat(i % 120, ".", i % 7);
      absl::StrAppend(&csv, age, ",",
                      i % 3 == 0   ? "none"
                      : i % 3 == 1 ? "typical"
                                   : "atypical",
                      ",", i % 5 < 2 ? "yes" : "no", "\n");
    }
    return csv;
  }
  absl::StatusOr<JobData> LoadWith(const RowRoom& room) {
    report_.Clear();
    DataRequest request = Request();
    request.room = room;
    return LoadJobData(request, report_);
  }
  RowRoom OnDisk(uint64_t memory_bytes = kSmallMemory) const { return {memory_bytes, scratch_.fd(), kScratchBytes}; }

  void ExpectTheSameOnDisk(uint64_t memory_bytes) {
    const absl::StatusOr<JobData> in_memory = LoadWith({});
    ASSERT_TRUE(in_memory.ok()) << in_memory.status();
    const std::string report = report_.SerializeAsString();
    const absl::StatusOr<JobData> on_disk = LoadWith(OnDisk(memory_bytes));
    ASSERT_TRUE(on_disk.ok()) << on_disk.status();
    ASSERT_EQ(in_memory->train.disk.file, nullptr);
    ASSERT_NE(on_disk->train.disk.file, nullptr);
    EXPECT_TRUE(on_disk->train.numbers.empty());
    ExpectSameBits(in_memory->train, on_disk->train);
    ExpectSameBits(in_memory->test, on_disk->test);
    EXPECT_EQ(report_.SerializeAsString(), report);
  }

  TestScratchFile scratch_;
};

TEST_F(LargeTable, RowsAreTheSameWhenTheyMoveOutOfMemoryOnTheWay) {
  Write("rows.csv", Rows(900));  // before any estimate
  ExpectTheSameOnDisk(kSmallMemory);
}

TEST_F(LargeTable, RowsAreTheSameWhenTheEstimateSendsThemToDisk) {
  Write("rows.csv", Rows(30000));
  ExpectTheSameOnDisk(100 << 10);
}

TEST_F(LargeTable, RowsAreTheSameWhereASplitFileSaysNothingOfTheirNumber) {
  Write("rows.csv", Rows(30000));
  std::string split = "line,set\n";
  for (int line = 2; line <= 30001; ++line) {
    absl::StrAppend(&split, line, ",", line % 4 == 0 ? "test" : line % 9 == 0 ? "unused" : "train", "\n");
  }
  mapping_.mutable_split()->mutable_file()->set_file(Write("split.csv", split));
  ExpectTheSameOnDisk(100 << 10);
}

TEST_F(LargeTable, TargetsAreNotedForTheModelsCheck) {
  Write("rows.csv", Rows(900));
  const absl::StatusOr<JobData> data = LoadWith(OnDisk());
  ASSERT_TRUE(data.ok());
  EXPECT_EQ(data->train.disk.least_target, 0);
  EXPECT_EQ(data->train.disk.largest_target, 1);
  EXPECT_TRUE(data->train.disk.whole_targets);
}

TEST_F(LargeTable, OneThatFitsStaysInMemory) {
  Write("rows.csv", Rows(900));
  EXPECT_EQ(LoadWith(OnDisk(uint64_t{1} << 20))->train.disk.file, nullptr);
  EXPECT_EQ(LoadWith({kSmallMemory, -1, 0})->train.disk.file, nullptr) << "there is no scratch file";
}

TEST_F(LargeTable, AScratchFileThatIsTooSmallIsToldWithTheSettingAndWithoutARow) {
  Write("rows.csv", Rows(30000));
  const absl::Status status = LoadWith({kSmallMemory, scratch_.fd(), 128 << 10}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("sandbox.max_scratch_mib"));
}

TEST_F(LargeTable, IsCheckedWithoutKeepingARow) {
  Write("rows.csv", Rows(30000));
  const absl::StatusOr<JobData> all = LoadWith({});
  const std::string report = report_.SerializeAsString();
  RowRoom none;
  none.keep = false;
  const absl::StatusOr<JobData> data = LoadWith(none);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.rows() + data->test.rows(), 0u);
  EXPECT_EQ(report_.SerializeAsString(), report);
}

TEST_F(LargeTable, AFileThatIsWrittenToWhileItIsReadIsReadAgainLater) {
  Write("rows.csv", Rows(30000));
  DataRequest request = Request();
  request.progress = [this](uint64_t, uint64_t) {
    std::ofstream(folder_ + "/rows.csv", std::ios::app) << "50,none,no\n";
  };
  const absl::Status status = LoadJobData(request, report_).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("was written to while it was read"));
}

TEST_F(LargeTable, AFileThatIsReplacedWhileItIsReadIsReadAsItWas) {
  Write("rows.csv", Rows(30000));
  DataRequest request = Request();
  request.progress = [this](uint64_t, uint64_t) {
    std::filesystem::rename(Write("next.csv", Rows(10)), folder_ + "/rows.csv");
  };
  v1::DataReport report;
  ASSERT_TRUE(LoadJobData(request, report).ok());
  EXPECT_EQ(report.rows(), 30000u);
}

// ---- regressions by newton ----

void ExpectSameSums(const NewtonSums& left, const NewtonSums& right) {
  EXPECT_EQ(left.rows, right.rows);
  EXPECT_EQ(left.incomplete, right.incomplete);
  EXPECT_EQ(left.events, right.events);
  EXPECT_EQ(left.objective, right.objective);
  EXPECT_EQ(left.saturated, right.saturated);
  EXPECT_EQ(left.score, right.score);
  EXPECT_EQ(left.information, right.information);
}

class LargeRegression : public LargeTable {
 protected:
  absl::StatusOr<JobData> LoadRegression(const RowRoom& room) {
    report_.Clear();
    DataRequest request = Request();
    request.regression = &spec_.model();
    request.room = room;
    return LoadJobData(request, report_);
  }
  void ExpectTheSameSumsOnDisk() {
    *spec_.mutable_data() = schema_;
    spec_.mutable_aggregation()->mutable_newton();
    spec_.mutable_aggregation()->set_max_rows_per_site(100000);
    const absl::StatusOr<Regression> regression = RegressionOf(spec_);
    ASSERT_TRUE(regression.ok()) << regression.status();
    const absl::StatusOr<JobData> in_memory = LoadRegression({});
    const absl::StatusOr<JobData> on_disk = LoadRegression(OnDisk());
    ASSERT_TRUE(in_memory.ok()) << in_memory.status();
    ASSERT_TRUE(on_disk.ok()) << on_disk.status();
    EXPECT_EQ(in_memory->regression.num_elsewhere, 0u);
    EXPECT_EQ(on_disk->regression.num_elsewhere, in_memory->regression.size());
    EXPECT_TRUE(on_disk->regression.inputs.empty());
    const std::vector<double> coefficients(regression->size(), 0.25);
    for (const bool from_targets : {true, false}) {
      uint64_t last = 0;
      const auto progress = [&](uint64_t done, uint64_t total) {
        EXPECT_GT(done, last);
        EXPECT_EQ(total, in_memory->regression.size());
        last = done;
      };
      const auto sums = SumRows(*regression, in_memory->regression, coefficients, from_targets, nullptr);
      const auto disk_sums = SumRows(*regression, on_disk->regression, coefficients, from_targets, progress);
      ASSERT_TRUE(sums.ok()) << sums.status();
      ASSERT_TRUE(disk_sums.ok()) << disk_sums.status();
      ExpectSameSums(*sums, *disk_sums);
      EXPECT_GT(last, 16000u);
    }
  }

  v1::JobSpec spec_;
};

TEST_F(LargeRegression, OfTwoClassesSumsRowsOnDiskToTheSameBits) {
  Write("rows.csv", Rows(30000));
  spec_.mutable_model()->mutable_logistic_regression();
  ExpectTheSameSumsOnDisk();
}

TEST_F(LargeRegression, OfCountsOverAnExposureSumsRowsOnDiskToTheSameBits) {
  v1::Exposure& exposure = *spec_.mutable_model()->mutable_poisson_regression()->mutable_exposure();
  exposure.set_name("years");
  exposure.set_min(0.1);
  exposure.set_max(20);
  schema_.mutable_target()->mutable_numeric()->set_max(100);
  std::string csv = "age,pain,ill,years\n";
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&csv, i % 13 == 0 ? "?" : absl::StrCat(i % 120), ",none,", i % 17, ",", 1 + i % 19, ".5\n");
  }
  Write("rows.csv", csv);
  ExpectTheSameSumsOnDisk();
}

TEST_F(LargeRegression, OfTimesKeepsItsRowsInMemory) {
  spec_.mutable_model()->mutable_cox();
  schema_.mutable_target()->set_name("days");
  v1::Survival& survival = *schema_.mutable_target()->mutable_survival();
  survival.set_max(1000);
  survival.mutable_event()->set_name("died");
  for (const char* level : {"alive", "dead"}) survival.mutable_event()->mutable_category()->add_levels(level);
  std::string csv = "age,pain,days,died\n";
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&csv, i % 100, ",none,", i % 700, ",", i % 2 ? "dead" : "alive", "\n");
  Write("rows.csv", csv);
  const absl::StatusOr<JobData> data = LoadRegression(OnDisk());
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->regression.num_elsewhere, 0u);
  EXPECT_EQ(data->regression.events.size(), 2000u);
}

}  // namespace
}  // namespace accord
