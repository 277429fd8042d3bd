// Images, series and texts on their way to become examples.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/label_table.h"

namespace accord {

enum class ValueKind {
  kBytes,    // 0 to 255, which the model gets as 0 to 1
  kNumbers,  // as the model gets them
};

// {channels, height, width} of an image, {channels, length} of a series, {length} of a text's tokens.
std::vector<int64_t> RowShape(const v1::DataSchema& schema);

// Not thread-safe.
class RowStore {
 public:
  RowStore(const v1::DataSchema& schema, ValueKind kind);

  // Memory for all of them at once: growing by doubling would need three times as much for a moment.
  void Reserve(const std::vector<LabelRow>& labels);
  // Memory of one more row, to be filled before the next call.
  absl::Span<uint8_t> AddBytes(RowSet set, float target);
  absl::Span<float> AddNumbers(RowSet set, float target);
  // Of a segmentation: the levels of the pixels of the row that was added last, as many as the mask has.
  void AddMask(RowSet set, absl::Span<const uint8_t> mask);

  uint64_t row_elements() const { return row_elements_; }
  // Takes everything; counts of both sets into `report`.
  JobData Finish(v1::DataReport& report);

 private:
  Examples& ExamplesOf(RowSet set) { return set == RowSet::kTrain ? data_.train : data_.test; }
  const ValueKind kind_;
  uint64_t row_elements_ = 1;
  uint64_t mask_pixels_ = 0;  // 0 where there are none
  JobData data_;
};

}  // namespace accord
