#include "client/trainer/data/regression_store.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/scratch_space.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kRowsOfAPiece = 8192;

// Hands out the rows of a file, piece by piece.
absl::Status ReadPieces(RowFile& file, size_t columns, const RegressionPieceTaker& take) {
  const size_t parts = file.row_bytes() / sizeof(double);
  std::vector<uint32_t> rows;
  std::vector<uint8_t> records;
  RegressionRows piece;
  for (uint64_t begin = 0; begin < file.num_rows(); begin += rows.size()) {
    rows.resize(std::min(kRowsOfAPiece, file.num_rows() - begin));
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    records.resize(rows.size() * file.stride());
    ACCORD_RETURN_IF_ERROR(file.Read(rows, absl::MakeSpan(records)));
    piece.inputs.clear();
    piece.targets.clear();
    piece.exposures.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto* record = reinterpret_cast<const double*>(records.data() + i * file.stride());
      piece.inputs.insert(piece.inputs.end(), record, record + columns);
      piece.targets.push_back(record[columns]);
      if (parts > columns + 1) piece.exposures.push_back(record[columns + 1]);
    }
    ACCORD_RETURN_IF_ERROR(take(piece));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RegressionStore::GoToDisk(bool has_exposure) {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<ScratchSpace> space,
                          ScratchSpace::Create(room_.scratch_fd, room_.scratch_bytes));
  record_.resize(columns_ + (has_exposure ? 2 : 1));
  file_ = std::make_shared<RowFile>(std::move(space), record_.size() * sizeof(double));
  const absl::Span<const double> inputs = rows_.inputs;
  for (size_t i = 0; i < rows_.targets.size(); ++i) {
    RegressionRow row = {inputs.subspan(i * columns_, columns_), rows_.targets[i], {}, {}};
    if (has_exposure) row.exposure = rows_.exposures[i];
    ACCORD_RETURN_IF_ERROR(AddToDisk(row));
  }
  rows_ = RegressionRows();
  return absl::OkStatus();
}

absl::Status RegressionStore::AddToDisk(const RegressionRow& row) {
  std::copy(row.inputs.begin(), row.inputs.end(), record_.begin());
  record_[columns_] = row.target;
  if (row.exposure.has_value()) record_.back() = *row.exposure;
  return file_->Append(record_.data());
}

absl::Status RegressionStore::Add(const RegressionRow& row) {
  const uint64_t row_bytes = (columns_ + 2) * sizeof(double);
  const bool grows = rows_.inputs.size() + columns_ > rows_.inputs.capacity();
  if (file_ == nullptr && !row.event.has_value() && MustLeaveMemory(room_, num_rows_ * row_bytes, row_bytes, grows)) {
    ACCORD_RETURN_IF_ERROR(GoToDisk(row.exposure.has_value()));
  }
  ++num_rows_;
  if (file_ != nullptr) return AddToDisk(row);
  rows_.inputs.insert(rows_.inputs.end(), row.inputs.begin(), row.inputs.end());
  rows_.targets.push_back(row.target);
  if (row.event.has_value()) rows_.events.push_back(*row.event ? 1 : 0);
  if (row.exposure.has_value()) rows_.exposures.push_back(*row.exposure);
  return absl::OkStatus();
}

absl::StatusOr<RegressionRows> RegressionStore::Finish(uint64_t incomplete) {
  RegressionRows rows = std::move(rows_);
  rows.incomplete = incomplete;
  if (file_ == nullptr) return rows;
  ACCORD_RETURN_IF_ERROR(file_->Finish());
  rows.num_elsewhere = file_->num_rows();
  rows.read_elsewhere = [file = file_, columns = columns_](const RegressionPieceTaker& take) {
    return ReadPieces(*file, columns, take);
  };
  return rows;
}

}  // namespace accord
