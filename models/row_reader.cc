#include "models/row_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/status.h"
#include "models/batches.h"
#include "models/standardised_value.h"

namespace accord {
namespace {

constexpr size_t kRowsAtOnce = 1024;

void StandardiseRow(const RowsOnDisk& disk, absl::Span<float> row) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (!disk.mean.empty()) {
      row[i] = StandardisedValue(row[i], disk.mean[i], disk.spread[i]);
    } else if (std::isnan(row[i])) {
      row[i] = 0;
    }
  }
}

}  // namespace

absl::Status RowReader::Read(absl::Span<const uint32_t> rows, float* inputs, absl::Span<float> targets) {
  const RowsOnDisk& disk = examples_.disk;
  if (disk.file == nullptr) {
    GatherInputs(examples_, elements_, rows, inputs);
    for (size_t i = 0; i < rows.size(); ++i) targets[i] = examples_.targets[rows[i]];
    return absl::OkStatus();
  }
  const size_t stride = disk.file->stride();
  records_.resize(rows.size() * stride);
  ACCORD_RETURN_IF_ERROR(disk.file->Read(rows, absl::MakeSpan(records_)));
  for (size_t i = 0; i < rows.size(); ++i, inputs += elements_) {
    const uint8_t* record = records_.data() + i * stride;
    std::memcpy(inputs, record, elements_ * sizeof(float));
    std::memcpy(&targets[i], record + elements_ * sizeof(float), sizeof(float));
    if (disk.standardised) StandardiseRow(disk, {inputs, elements_});
  }
  return absl::OkStatus();
}

absl::Status ForEachRawBlock(const Examples& table, uint64_t num_rows,
                             absl::FunctionRef<absl::Status(absl::Span<const float> numbers)> take) {
  const auto columns = static_cast<size_t>(table.input_shape[0]);
  num_rows = std::min<uint64_t>(num_rows, table.rows());
  if (table.disk.file == nullptr) return take(absl::MakeConstSpan(table.numbers).first(num_rows * columns));
  Examples raw;
  raw.disk = table.disk;
  raw.disk.standardised = false;
  RowReader reader(raw, columns);
  std::vector<uint32_t> rows;
  std::vector<float> numbers(kRowsAtOnce * columns);
  std::vector<float> targets(kRowsAtOnce);
  for (uint64_t begin = 0; begin < num_rows; begin += rows.size()) {
    rows.resize(std::min<uint64_t>(kRowsAtOnce, num_rows - begin));
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    ACCORD_RETURN_IF_ERROR(reader.Read(rows, numbers.data(), absl::MakeSpan(targets)));
    ACCORD_RETURN_IF_ERROR(take(absl::MakeConstSpan(numbers).first(rows.size() * columns)));
    if (table.disk.progress) table.disk.progress(begin + rows.size(), num_rows);
  }
  return absl::OkStatus();
}

}  // namespace accord
