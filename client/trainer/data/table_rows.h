// The rows of a table on their way to become examples: in memory as long as they fit, then in the scratch file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/row_file.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/row_facts.h"
#include "client/trainer/data/row_room.h"
#include "client/trainer/data/split_rule.h"

namespace accord {

// Either way the same rows in the same order. Not thread-safe.
class TableRows {
 public:
  // Of the request: how much room there is, and whom to tell while many rows move to the disk at once.
  TableRows(size_t columns, const DataRequest& request);

  // About how many rows will come: memory is taken at once, or the scratch file begun.
  absl::Status Expect(double train_rows, double test_rows);
  // RESOURCE_EXHAUSTED when the scratch file or its disk is full; FAILED_PRECONDITION when it cannot be used.
  absl::Status Add(RowSet set, absl::Span<const float> inputs, float target);
  // Takes everything. The facts are of the rows for training.
  absl::Status Finish(JobData& data);

  uint64_t train_rows() const { return train_rows_; }
  uint64_t test_rows() const { return test_rows_; }

 private:
  Examples& ExamplesOf(RowSet set) { return set == RowSet::kTrain ? data_.train : data_.test; }
  bool NoRoomLeft(const Examples& examples) const;
  absl::Status GoToDisk();
  absl::Status MoveToDisk(Examples& examples);
  absl::Status AddToDisk(absl::Span<const float> inputs, float target, RowsOnDisk& disk);

  const size_t columns_;
  const RowRoom room_;
  const std::function<void(uint64_t done, uint64_t total)> progress_;
  JobData data_;
  std::vector<float> record_;
  bool on_disk_ = false;
  uint64_t train_rows_ = 0;
  uint64_t test_rows_ = 0;
};

}  // namespace accord
