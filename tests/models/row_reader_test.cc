// Rows on disk give the same bits as rows in memory.
#include "models/row_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "models/training.h"
#include "tests/models/jobs.h"
#include "tests/scratch_file.h"

namespace accord {
namespace {

constexpr uint64_t kScratchBytes = uint64_t{4} << 20;

bool SameBits(const std::vector<float>& left, const std::vector<float>& right) {
  return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size() * sizeof(float)) == 0;
}

class RowsOnDiskTest : public ::testing::Test {
 protected:
  RowsOnDiskTest() : scratch_(kScratchBytes), memory_(SeparableRows(3000, 5, 2)) {
    for (size_t i = 0; i < memory_.numbers.size(); i += 7) {
      memory_.numbers[i] = std::numeric_limits<float>::quiet_NaN();
    }
    std::shared_ptr<ScratchSpace> space = *ScratchSpace::Create(scratch_.fd(), kScratchBytes);
    disk_.input_shape = memory_.input_shape;
    disk_.disk.file = std::make_shared<RowFile>(std::move(space), 6 * sizeof(float));
    disk_.disk.largest_target = 1;
    for (size_t row = 0; row < memory_.rows(); ++row) {
      std::vector<float> record(memory_.numbers.begin() + static_cast<ptrdiff_t>(row * 5),
                                memory_.numbers.begin() + static_cast<ptrdiff_t>(row * 5 + 5));
      record.push_back(memory_.targets[row]);
      EXPECT_TRUE(disk_.disk.file->Append(record.data()).ok());
    }
    EXPECT_TRUE(disk_.disk.file->Finish().ok());
  }

  TestScratchFile scratch_;
  Examples memory_;
  Examples disk_;
};

TEST_F(RowsOnDiskTest, HaveTheSameStatistics) {
  const v1::ColumnStatistics in_memory = *OwnStatisticsOf(memory_);
  EXPECT_EQ(in_memory.SerializeAsString(), OwnStatisticsOf(disk_)->SerializeAsString());
  EXPECT_EQ(in_memory.SerializeAsString(), OwnStatistics(memory_).SerializeAsString());
}

TEST_F(RowsOnDiskTest, AreStandardisedAsTheyAreReadAndStayAsTheyWere) {
  const v1::ColumnStatistics statistics = OwnStatistics(memory_);
  Examples raw = memory_;
  for (const bool with : {true, false}) {
    memory_.numbers = raw.numbers;
    Standardise(with ? statistics : v1::ColumnStatistics(), memory_);
    Standardise(with ? statistics : v1::ColumnStatistics(), disk_);
    const std::vector<uint32_t> rows = {2999, 3, 4, 5, 0, 3};
    std::vector<float> of_memory(30), of_disk(30), targets(6), disk_targets(6);
    ASSERT_TRUE(RowReader(memory_, 5).Read(rows, of_memory.data(), absl::MakeSpan(targets)).ok());
    ASSERT_TRUE(RowReader(disk_, 5).Read(rows, of_disk.data(), absl::MakeSpan(disk_targets)).ok());
    EXPECT_TRUE(SameBits(of_memory, of_disk));
    EXPECT_TRUE(SameBits(targets, disk_targets));
  }
  std::vector<float> seen;
  const auto take = [&](absl::Span<const float> numbers) {
    seen.insert(seen.end(), numbers.begin(), numbers.end());
    return absl::OkStatus();
  };
  ASSERT_TRUE(ForEachRawBlock(disk_, 2500, take).ok());
  raw.numbers.resize(2500 * 5);
  EXPECT_TRUE(SameBits(seen, raw.numbers));
}

TEST_F(RowsOnDiskTest, TrainAndEvaluateToTheSameBits) {
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_mlp()->add_hidden(8);
  spec.mutable_training()->set_local_epochs(2);
  spec.mutable_training()->clear_local_steps();
  spec.mutable_training()->set_batch_size(37);
  std::vector<std::vector<float>> trained;
  std::vector<double> losses;
  const v1::ColumnStatistics statistics = OwnStatistics(memory_);
  for (Examples* rows : {&memory_, &disk_}) {
    Standardise(statistics, *rows);
    const std::unique_ptr<Model> model = MakeModel(spec);
    const absl::Status status = TrainLocally(spec, {"hospital", 1}, *rows, *model);
    ASSERT_TRUE(status.ok()) << status;
    trained.push_back(Parameters(*model));
    losses.push_back(Evaluate(spec, *rows, 2000, *model)->loss);
  }
  EXPECT_TRUE(SameBits(trained[0], trained[1]));
  EXPECT_EQ(losses[0], losses[1]);
}

TEST_F(RowsOnDiskTest, AreCheckedByTheTargetsThatWereNoted) {
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_logistic_regression();
  const std::unique_ptr<Model> model = MakeModel(spec);
  for (const float wrong : {2.0f, -1.0f}) {
    Examples rows = disk_;
    (wrong > 0 ? rows.disk.largest_target : rows.disk.least_target) = wrong;
    EXPECT_TRUE(absl::IsInvalidArgument(TrainLocally(spec, {"hospital", 1}, rows, *model)));
  }
  Examples wider = disk_;
  wider.input_shape = {4};
  EXPECT_TRUE(absl::IsInvalidArgument(TrainLocally(spec, {"hospital", 1}, wider, *model)));
}

TEST_F(RowsOnDiskTest, ThatCannotBeReadAnyMoreEndTheTraining) {
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_logistic_regression();
  const std::unique_ptr<Model> model = MakeModel(spec);
  ASSERT_EQ(ftruncate(scratch_.fd(), 0), 0);
  EXPECT_TRUE(absl::IsDataLoss(TrainLocally(spec, {"hospital", 1}, disk_, *model)));
  EXPECT_TRUE(absl::IsDataLoss(OwnStatisticsOf(disk_).status()));
}

}  // namespace
}  // namespace accord
