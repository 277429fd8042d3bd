// Rows as the trainer holds them, without LibTorch's headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/row_file.h"

namespace accord {

// Rows of a table that do not fit in memory: float32 records of a row's input columns and, last, its target.
struct RowsOnDisk {
  std::shared_ptr<RowFile> file;  // null where the rows are in memory. Shared: rows are read-only once they are there
  float least_target = 0, largest_target = 0;
  bool whole_targets = true;
  // How RowReader hands them out. The file stays as it was read.
  bool standardised = false;
  std::vector<double> mean, spread;  // one a column; empty: only missing values are replaced
  // Told while all of them are gone through, which may take minutes. May be empty.
  std::function<void(uint64_t done, uint64_t total)> progress = {};
};

// `rows` examples. Either `numbers` (tables; NaN = missing, replaced during standardisation; series; token ids) or
// `bytes` (images; 0..255, handed to the model as 0..1) holds rows * product(input_shape) values, row-major. Or
// neither, nor `targets`: a table whose rows are on disk.
struct Examples {
  std::vector<int64_t> input_shape;  // {columns}, {channels, height, width}, {channels, length} or {tokens}
  std::vector<float> numbers;
  std::vector<uint8_t> bytes;
  std::vector<float> targets;  // class index or number, one a row; 0 in segmentation
  // Of each row its cells of the job's subgroups (aggregation/evaluation/subgroups.h), from the numbers as they were
  // read; empty where there are none, or nobody asks.
  std::vector<uint16_t> cells = {};
  std::vector<uint8_t> masks = {};  // segmentation: class index of each pixel, rows * height * width
  RowsOnDisk disk = {};
  size_t rows() const { return disk.file == nullptr ? targets.size() : disk.file->num_rows(); }
};

}  // namespace accord
