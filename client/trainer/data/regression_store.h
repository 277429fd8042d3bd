// The rows of a regression by newton on their way: in memory as long as they fit, then in the scratch file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/newton/newton_sums.h"
#include "base/row_file.h"
#include "client/trainer/data/row_room.h"

namespace accord {

struct RegressionRow {
  absl::Span<const double> inputs;
  double target = 0;
  std::optional<bool> event;       // Cox
  std::optional<double> exposure;  // Poisson with exposure
};

// All rows have the same parts. Rows of a Cox regression, whose sums go through them by time, stay in memory. Not
// thread-safe.
class RegressionStore {
 public:
  RegressionStore(size_t columns, const RowRoom& room) : columns_(columns), room_(room) {}

  // RESOURCE_EXHAUSTED when the scratch file or its disk is full; FAILED_PRECONDITION when it cannot be used.
  absl::Status Add(const RegressionRow& row);
  // Takes everything.
  absl::StatusOr<RegressionRows> Finish(uint64_t incomplete);

  uint64_t size() const { return num_rows_; }

 private:
  absl::Status AddToDisk(const RegressionRow& row);
  absl::Status GoToDisk(bool has_exposure);

  const size_t columns_;
  const RowRoom room_;
  RegressionRows rows_;
  std::shared_ptr<RowFile> file_;  // null: in memory. Shared with whoever reads the rows
  std::vector<double> record_;     // inputs, target, exposure
  uint64_t num_rows_ = 0;
};

}  // namespace accord
