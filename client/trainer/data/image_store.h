// Images on their way to become examples.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/label_table.h"

namespace accord {

enum class PixelKind {
  kBytes,    // 0 to 255, which the model gets as 0 to 1
  kNumbers,  // as the model gets them
};

// Not thread-safe.
class ImageStore {
 public:
  ImageStore(const v1::Image& image, PixelKind kind);

  // Memory for all of them at once: growing by doubling would need three times as much for a moment.
  void Reserve(const std::vector<LabelRow>& labels);
  // Memory of one more image in (channels, height, width), to be filled before the next call.
  absl::Span<uint8_t> AddBytes(RowSet set, float target);
  absl::Span<float> AddNumbers(RowSet set, float target);

  uint64_t image_elements() const { return image_elements_; }
  // Takes everything; counts of both sets into `report`.
  JobData Finish(v1::DataReport& report);

 private:
  Examples& ExamplesOf(RowSet set) { return set == RowSet::kTrain ? data_.train : data_.test; }
  const PixelKind kind_;
  uint64_t image_elements_ = 0;
  JobData data_;
};

}  // namespace accord
