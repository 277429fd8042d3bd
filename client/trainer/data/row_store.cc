#include "client/trainer/data/row_store.h"

#include <algorithm>
#include <utility>

namespace accord {

std::vector<int64_t> RowShape(const v1::DataSchema& schema) {
  if (schema.has_series()) return {schema.series().channels_size(), schema.series().length()};
  if (schema.has_text()) return {schema.text().length()};
  return {schema.image().channels(), schema.image().height(), schema.image().width()};
}

RowStore::RowStore(const v1::DataSchema& schema, ValueKind kind) : kind_(kind) {
  data_.train.input_shape = data_.test.input_shape = RowShape(schema);
  for (const int64_t size : data_.train.input_shape) row_elements_ *= static_cast<uint64_t>(size);
  if (schema.target().has_mask()) mask_pixels_ = uint64_t{schema.image().height()} * schema.image().width();
}

void RowStore::Reserve(const std::vector<LabelRow>& labels) {
  for (const RowSet set : {RowSet::kTrain, RowSet::kTest}) {
    const auto count = static_cast<uint64_t>(
        std::count_if(labels.begin(), labels.end(), [set](const LabelRow& label) { return label.set == set; }));
    Examples& examples = ExamplesOf(set);
    examples.targets.reserve(count);
    examples.masks.reserve(count * mask_pixels_);
    if (kind_ == ValueKind::kBytes) examples.bytes.reserve(count * row_elements_);
    if (kind_ == ValueKind::kNumbers) examples.numbers.reserve(count * row_elements_);
  }
}

absl::Span<uint8_t> RowStore::AddBytes(RowSet set, float target) {
  Examples& examples = ExamplesOf(set);
  examples.targets.push_back(target);
  examples.bytes.resize(examples.bytes.size() + row_elements_);
  return absl::MakeSpan(examples.bytes).last(row_elements_);
}

absl::Span<float> RowStore::AddNumbers(RowSet set, float target) {
  Examples& examples = ExamplesOf(set);
  examples.targets.push_back(target);
  examples.numbers.resize(examples.numbers.size() + row_elements_);
  return absl::MakeSpan(examples.numbers).last(row_elements_);
}

void RowStore::AddMask(RowSet set, absl::Span<const uint8_t> mask) {
  std::vector<uint8_t>& masks = ExamplesOf(set).masks;
  masks.insert(masks.end(), mask.begin(), mask.end());
}

JobData RowStore::Finish(v1::DataReport& report) {
  report.set_train_rows(data_.train.rows());
  report.set_test_rows(data_.test.rows());
  return std::move(data_);
}

}  // namespace accord
