#include "client/trainer/data/npy_images.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/image_store.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/npy_file.h"

namespace accord {
namespace {

absl::Status CheckShape(const v1::Image& image, const NpyFile& array, const std::string& path) {
  const std::vector<uint64_t> flat = {image.height(), image.width()};
  const std::vector<uint64_t> full = {image.channels(), image.height(), image.width()};
  const std::vector<uint64_t> found(array.shape().begin() + 1, array.shape().end());
  if (found == full || (image.channels() == 1 && found == flat)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, " does not hold images of ", image.channels(), " channels, ",
                                                 image.height(), " rows and ", image.width(),
                                                 " columns, in this order behind the number of images"));
}

class Reader {
 public:
  Reader(const v1::NpySource& source, NpyFile array, DataFaults& faults)
      : source_(source), array_(std::move(array)), faults_(faults), numbers_(array_.row_elements()) {}

  absl::Status AddTo(ImageStore& store, const LabelRow& label) {
    if (array_.type() == NpyType::kUint8) {
      return array_.ReadBytes(label.index, store.AddBytes(label.set, label.target));
    }
    ACCORD_RETURN_IF_ERROR(array_.Read(label.index, absl::MakeSpan(numbers_)));
    const double scale = source_.scale() == 0 ? 1 : source_.scale();
    for (double& number : numbers_) number = scale * number + source_.offset();
    // False for NaN too.
    const auto fits = [](double number) { return std::abs(number) <= std::numeric_limits<float>::max(); };
    if (!std::all_of(numbers_.begin(), numbers_.end(), fits)) {
      faults_.AddBadRow(label.line, "", "its image holds a number that is not finite");
      return absl::OkStatus();
    }
    const absl::Span<float> pixels = store.AddNumbers(label.set, label.target);
    std::transform(numbers_.begin(), numbers_.end(), pixels.begin(),
                   [](double number) { return static_cast<float>(number); });
    return absl::OkStatus();
  }

 private:
  const v1::NpySource& source_;
  NpyFile array_;
  DataFaults& faults_;
  std::vector<double> numbers_;
};

}  // namespace

absl::StatusOr<JobData> LoadNpyImages(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::NpySource& source = request.mapping->npy();
  ACCORD_ASSIGN_OR_RETURN(NpyFile array, NpyFile::Open(source.array(), request.max_bytes));
  ACCORD_RETURN_IF_ERROR(CheckShape(request.schema->image(), array, source.array()));
  ACCORD_ASSIGN_OR_RETURN(const LabelTable labels, ReadLabels(request, source.labels(), "", faults, report));
  if (faults.fatal()) return JobData();
  if (labels.num_rows != array.num_rows()) {
    faults.AddFatal(0, "", "the label table does not have as many rows as the array");
    return JobData();
  }
  ImageStore store(request.schema->image(), array.type() == NpyType::kUint8 ? PixelKind::kBytes : PixelKind::kNumbers);
  store.Reserve(labels.rows);
  Reader reader(source, std::move(array), faults);
  for (size_t i = 0; i < labels.rows.size(); ++i) {
    ACCORD_RETURN_IF_ERROR(reader.AddTo(store, labels.rows[i]));
    if (request.progress) request.progress(i + 1, labels.rows.size());
  }
  return store.Finish(report);
}

}  // namespace accord
