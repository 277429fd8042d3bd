#include "client/trainer/data/table_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/scratch_space.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kRowsBetweenMoveProgress = 1 << 16;

}  // namespace

TableRows::TableRows(size_t columns, const DataRequest& request)
    : columns_(columns), room_(request.room), progress_(request.progress), record_(columns + 1) {
  data_.train.input_shape = data_.test.input_shape = {static_cast<int64_t>(columns)};
  data_.facts = TrainingRowFacts(columns);
}

absl::Status TableRows::Expect(double train_rows, double test_rows) {
  if (!room_.keep || on_disk_) return absl::OkStatus();
  const double bytes = (train_rows + test_rows) * static_cast<double>((columns_ + 1) * sizeof(float));
  if (room_.scratch_bytes > 0 && bytes > static_cast<double>(room_.memory_bytes)) return GoToDisk();
  // Growing by doubling would need three times the memory of a large table for a moment.
  const auto reserve = [this](Examples& examples, double rows) {
    const auto count = static_cast<size_t>(rows) + 1;
    examples.numbers.reserve(count * columns_);
    examples.targets.reserve(count);
  };
  reserve(data_.train, train_rows);
  reserve(data_.test, test_rows);
  return absl::OkStatus();
}

bool TableRows::NoRoomLeft(const Examples& examples) const {
  const uint64_t row_bytes = (columns_ + 1) * sizeof(float);
  const bool grows = examples.numbers.size() + columns_ > examples.numbers.capacity();
  return MustLeaveMemory(room_, (train_rows_ + test_rows_) * row_bytes, row_bytes, grows);
}

absl::Status TableRows::GoToDisk() {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<ScratchSpace> space,
                          ScratchSpace::Create(room_.scratch_fd, room_.scratch_bytes));
  for (Examples* examples : {&data_.train, &data_.test}) {
    examples->disk.file = std::make_shared<RowFile>(space, record_.size() * sizeof(float));
    ACCORD_RETURN_IF_ERROR(MoveToDisk(*examples));
  }
  on_disk_ = true;
  return absl::OkStatus();
}

absl::Status TableRows::MoveToDisk(Examples& examples) {
  const absl::Span<const float> numbers = examples.numbers;
  const size_t count = examples.targets.size();
  for (size_t i = 0; i < count; ++i) {
    ACCORD_RETURN_IF_ERROR(AddToDisk(numbers.subspan(i * columns_, columns_), examples.targets[i], examples.disk));
    if ((i + 1) % kRowsBetweenMoveProgress == 0 && progress_) progress_(i + 1, count);
  }
  std::vector<float>().swap(examples.numbers);
  std::vector<float>().swap(examples.targets);
  return absl::OkStatus();
}

absl::Status TableRows::AddToDisk(absl::Span<const float> inputs, float target, RowsOnDisk& disk) {
  const bool first = disk.file->num_rows() == 0;
  disk.least_target = first ? target : std::min(disk.least_target, target);
  disk.largest_target = first ? target : std::max(disk.largest_target, target);
  disk.whole_targets &= target == std::floor(target);
  *std::copy(inputs.begin(), inputs.end(), record_.begin()) = target;
  return disk.file->Append(record_.data());
}

absl::Status TableRows::Add(RowSet set, absl::Span<const float> inputs, float target) {
  Examples& examples = ExamplesOf(set);
  if (set == RowSet::kTrain) {
    data_.facts.AddTarget(target);
    data_.facts.AddInputs(inputs);
  }
  if (room_.keep && !on_disk_ && NoRoomLeft(examples)) ACCORD_RETURN_IF_ERROR(GoToDisk());
  ++(set == RowSet::kTrain ? train_rows_ : test_rows_);
  if (!room_.keep) return absl::OkStatus();
  if (on_disk_) return AddToDisk(inputs, target, examples.disk);
  examples.numbers.insert(examples.numbers.end(), inputs.begin(), inputs.end());
  examples.targets.push_back(target);
  return absl::OkStatus();
}

absl::Status TableRows::Finish(JobData& data) {
  for (const Examples* examples : {&data_.train, &data_.test}) {
    if (on_disk_) ACCORD_RETURN_IF_ERROR(examples->disk.file->Finish());
  }
  data = std::move(data_);
  return absl::OkStatus();
}

}  // namespace accord
