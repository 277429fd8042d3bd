// Rows as the trainer holds them in memory, without LibTorch's headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace accord {

// `rows` examples. Either `numbers` (tables; NaN = missing, replaced during standardisation) or `bytes` (images;
// 0..255, handed to the model as 0..1) holds rows * product(input_shape) values, row-major.
struct Examples {
  std::vector<int64_t> input_shape;  // {columns} or {channels, height, width}
  std::vector<float> numbers;
  std::vector<uint8_t> bytes;
  std::vector<float> targets;  // class index or number, one a row
  // Of each row its cells of the job's subgroups (aggregation/evaluation/subgroups.h), from the numbers as they were
  // read; empty where there are none, or nobody asks.
  std::vector<uint16_t> cells = {};
  size_t rows() const { return targets.size(); }
};

}  // namespace accord
