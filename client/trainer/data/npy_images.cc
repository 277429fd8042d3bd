#include "client/trainer/data/npy_images.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/npy_file.h"
#include "client/trainer/data/pixel_mask.h"
#include "client/trainer/data/row_store.h"

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
  // `masks`: nothing where the job wants none.
  Reader(const DataRequest& request, NpyFile array, std::optional<NpyFile> masks, DataFaults& faults)
      : source_(request.mapping->npy()),
        array_(std::move(array)),
        masks_(std::move(masks)),
        levels_(LevelsOfPixels(request.schema->target(), *request.mapping)),
        faults_(faults),
        numbers_(array_.row_elements()) {}

  absl::Status AddTo(RowStore& store, const LabelRow& label) {
    bool usable = true;
    ACCORD_RETURN_IF_ERROR(ReadMask(label, usable));
    if (!usable) return absl::OkStatus();
    if (array_.type() == NpyType::kUint8) {
      store.AddMask(label.set, mask_);
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
    store.AddMask(label.set, mask_);
    const absl::Span<float> pixels = store.AddNumbers(label.set, label.target);
    std::transform(numbers_.begin(), numbers_.end(), pixels.begin(),
                   [](double number) { return static_cast<float>(number); });
    return absl::OkStatus();
  }

 private:
  // False in `usable`: the mask was a fault.
  absl::Status ReadMask(const LabelRow& label, bool& usable) {
    if (!masks_.has_value()) return absl::OkStatus();
    mask_.resize(masks_->row_elements());
    ACCORD_RETURN_IF_ERROR(masks_->ReadBytes(label.index, absl::MakeSpan(mask_)));
    const absl::Status status = CodesToLevels(levels_, absl::MakeSpan(mask_));
    usable = status.ok();
    if (!usable) faults_.AddBadRow(label.line, "", absl::StrCat("its mask ", status.message()));
    return absl::OkStatus();
  }

  const v1::NpySource& source_;
  NpyFile array_;
  std::optional<NpyFile> masks_;
  const ByteLevels levels_;
  DataFaults& faults_;
  std::vector<double> numbers_;
  std::vector<uint8_t> mask_;  // of the current row
};

absl::StatusOr<std::optional<NpyFile>> OpenMasks(const DataRequest& request, const NpyFile& array) {
  if (!request.schema->target().has_mask()) return std::optional<NpyFile>();
  const std::string& path = request.mapping->npy().masks();
  const v1::Image& image = request.schema->image();
  ACCORD_ASSIGN_OR_RETURN(NpyFile masks, NpyFile::Open(path, request.max_bytes));
  if (masks.type() == NpyType::kUint8 &&
      masks.shape() == std::vector<uint64_t>{array.num_rows(), image.height(), image.width()}) {
    return std::optional<NpyFile>(std::move(masks));
  }
  return absl::InvalidArgumentError(absl::StrCat(path, " does not hold a mask of bytes, ", image.height(), " rows and ",
                                                 image.width(), " columns, for each of the ", array.num_rows(),
                                                 " images"));
}

}  // namespace

absl::StatusOr<JobData> LoadNpyImages(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::NpySource& source = request.mapping->npy();
  ACCORD_ASSIGN_OR_RETURN(NpyFile array, NpyFile::Open(source.array(), request.max_bytes));
  ACCORD_RETURN_IF_ERROR(CheckShape(request.schema->image(), array, source.array()));
  ACCORD_ASSIGN_OR_RETURN(const LabelTable labels, ReadLabels(request, source.labels(), {}, faults, report));
  if (faults.fatal()) return JobData();
  if (labels.num_rows != array.num_rows()) {
    faults.AddFatal(0, "", "the label table does not have as many rows as the array");
    return JobData();
  }
  ACCORD_ASSIGN_OR_RETURN(std::optional<NpyFile> masks, OpenMasks(request, array));
  RowStore store(*request.schema, array.type() == NpyType::kUint8 ? ValueKind::kBytes : ValueKind::kNumbers);
  store.Reserve(labels.rows);
  Reader reader(request, std::move(array), std::move(masks), faults);
  for (size_t i = 0; i < labels.rows.size(); ++i) {
    ACCORD_RETURN_IF_ERROR(reader.AddTo(store, labels.rows[i]));
    if (request.progress) request.progress(i + 1, labels.rows.size());
  }
  return store.Finish(report);
}

}  // namespace accord
