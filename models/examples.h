// Rows as the trainer holds them in memory, without LibTorch's headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace accord {

// `rows` examples. Either `numbers` (tables; NaN = missing, replaced during standardisation; series; token ids) or
// `bytes` (images; 0..255, handed to the model as 0..1) holds rows * product(input_shape) values, row-major.
struct Examples {
  std::vector<int64_t> input_shape;  // {columns}, {channels, height, width}, {channels, length} or {tokens}
  std::vector<float> numbers;
  std::vector<uint8_t> bytes;
  std::vector<float> targets;  // class index or number, one a row; 0 in segmentation
  // Of each row its cells of the job's subgroups (aggregation/evaluation/subgroups.h), from the numbers as they were
  // read; empty where there are none, or nobody asks.
  std::vector<uint16_t> cells = {};
  std::vector<uint8_t> masks = {};  // segmentation: class index of each pixel, rows * height * width
  size_t rows() const { return targets.size(); }
};

}  // namespace accord
