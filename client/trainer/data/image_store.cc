#include "client/trainer/data/image_store.h"

#include <algorithm>
#include <utility>

namespace accord {

ImageStore::ImageStore(const v1::Image& image, PixelKind kind) : kind_(kind) {
  image_elements_ = uint64_t{image.channels()} * image.height() * image.width();
  data_.train.input_shape = data_.test.input_shape = {image.channels(), image.height(), image.width()};
}

void ImageStore::Reserve(const std::vector<LabelRow>& labels) {
  for (const RowSet set : {RowSet::kTrain, RowSet::kTest}) {
    const auto count = static_cast<uint64_t>(
        std::count_if(labels.begin(), labels.end(), [set](const LabelRow& label) { return label.set == set; }));
    Examples& examples = ExamplesOf(set);
    examples.targets.reserve(count);
    if (kind_ == PixelKind::kBytes) examples.bytes.reserve(count * image_elements_);
    if (kind_ == PixelKind::kNumbers) examples.numbers.reserve(count * image_elements_);
  }
}

absl::Span<uint8_t> ImageStore::AddBytes(RowSet set, float target) {
  Examples& examples = ExamplesOf(set);
  examples.targets.push_back(target);
  examples.bytes.resize(examples.bytes.size() + image_elements_);
  return absl::MakeSpan(examples.bytes).last(image_elements_);
}

absl::Span<float> ImageStore::AddNumbers(RowSet set, float target) {
  Examples& examples = ExamplesOf(set);
  examples.targets.push_back(target);
  examples.numbers.resize(examples.numbers.size() + image_elements_);
  return absl::MakeSpan(examples.numbers).last(image_elements_);
}

JobData ImageStore::Finish(v1::DataReport& report) {
  report.set_train_rows(data_.train.rows());
  report.set_test_rows(data_.test.rows());
  return std::move(data_);
}

}  // namespace accord
