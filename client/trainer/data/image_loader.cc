#include "client/trainer/data/image_loader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/byte_levels.h"
#include "client/trainer/data/idx_source.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/split_rule.h"

namespace accord {
namespace {

struct ImageFiles {
  IdxFile images;
  IdxFile labels;
};

// What each of the 256 possible labels means.
using LabelTargets = std::array<std::optional<float>, 256>;

LabelTargets TargetsOf(const v1::Target& target, const v1::DatasetMapping& mapping) {
  LabelTargets targets;
  if (target.has_numeric()) {
    for (size_t label = 0; label < targets.size(); ++label) {
      const auto value = static_cast<double>(label);
      if (value >= target.numeric().min() && value <= target.numeric().max())
        targets[label] = static_cast<float>(label);
    }
    return targets;
  }
  const ByteLevels levels = LevelsOfBytes(target.name(), target.category(), mapping);
  std::copy(levels.begin(), levels.end(), targets.begin());
  return targets;
}

absl::Status CheckShape(const v1::Image& image, const ImageFiles& files, const std::string& path) {
  const std::vector<uint64_t>& sizes = files.images.sizes();
  const std::vector<uint64_t> flat = {image.height(), image.width()};
  const std::vector<uint64_t> full = {image.channels(), image.height(), image.width()};
  const std::vector<uint64_t> found(sizes.begin() + 1, sizes.end());
  if (found != full && !(image.channels() == 1 && found == flat)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " does not hold images of ", image.channels(), " channels, ",
                                                   image.height(), " rows and ", image.width(), " columns"));
  }
  if (files.labels.sizes().size() != 1 || files.labels.num_items() != files.images.num_items()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ", files.images.num_items(), " images, its labels file ", files.labels.num_items()));
  }
  return absl::OkStatus();
}

class ImageLoader {
 public:
  ImageLoader(const DataRequest& request, DataFaults& faults)
      : request_(request), faults_(faults), targets_(TargetsOf(request.schema->target(), *request.mapping)) {
    const v1::Image& image = request.schema->image();
    data_.train.input_shape = data_.test.input_shape = {image.channels(), image.height(), image.width()};
  }

  // `set_of(number)`, from 1, for every image in order.
  template <typename SetOf>
  absl::Status Add(const std::string& images_path, const std::string& labels_path, SetOf set_of) {
    ACCORD_ASSIGN_OR_RETURN(IdxFile images, IdxFile::Open(images_path, request_.max_bytes));
    ACCORD_ASSIGN_OR_RETURN(IdxFile labels_file, IdxFile::Open(labels_path, request_.max_bytes));
    const ImageFiles files = {std::move(images), std::move(labels_file)};
    ACCORD_RETURN_IF_ERROR(CheckShape(request_.schema->image(), files, images_path));
    std::vector<uint8_t> labels(files.labels.num_items());
    ACCORD_RETURN_IF_ERROR(files.labels.Read(0, labels.size(), labels.data()));
    rows_ += labels.size();
    const std::vector<RowSet> sets = SortOut(labels, set_of);
    ReserveFor(sets, files.images.item_bytes());
    for (uint64_t i = 0; i < labels.size(); ++i) {
      if (sets[i] == RowSet::kUnused) continue;
      Examples& examples = sets[i] == RowSet::kTrain ? data_.train : data_.test;
      const size_t begin = examples.bytes.size();
      examples.bytes.resize(begin + files.images.item_bytes());
      ACCORD_RETURN_IF_ERROR(files.images.Read(i, 1, examples.bytes.data() + begin));
      examples.targets.push_back(*targets_[labels[i]]);
      if (request_.progress) request_.progress(i + 1, labels.size());
    }
    return absl::OkStatus();
  }

  JobData Finish(v1::DataReport& report) {
    report.set_rows(rows_);
    report.set_train_rows(data_.train.rows());
    report.set_test_rows(data_.test.rows());
    return std::move(data_);
  }

 private:
  template <typename SetOf>
  std::vector<RowSet> SortOut(const std::vector<uint8_t>& labels, SetOf set_of) {
    std::vector<RowSet> sets(labels.size());
    for (uint64_t i = 0; i < labels.size(); ++i) {
      sets[i] = set_of(i + 1);
      if (sets[i] == RowSet::kUnused || targets_[labels[i]].has_value()) continue;
      faults_.AddBadRow(i + 1, request_.schema->target().name(), "undeclared level");
      sets[i] = RowSet::kUnused;
    }
    return sets;
  }
  void ReserveFor(const std::vector<RowSet>& sets, uint64_t image_bytes) {
    const auto reserve = [&](Examples& examples, RowSet set) {
      const auto count = static_cast<size_t>(std::count(sets.begin(), sets.end(), set)) + examples.rows();
      examples.bytes.reserve(count * image_bytes);
      examples.targets.reserve(count);
    };
    reserve(data_.train, RowSet::kTrain);
    reserve(data_.test, RowSet::kTest);
  }

  const DataRequest& request_;
  DataFaults& faults_;
  LabelTargets targets_;
  uint64_t rows_ = 0;
  JobData data_;
};

}  // namespace

absl::StatusOr<JobData> LoadImages(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::IdxSource& source = request.mapping->idx();
  // An IDX file says of nobody whose image it is: with an opt-out list there is nothing to go by.
  ACCORD_RETURN_IF_ERROR(PersonFilter::Create(*request.mapping, request.opt_out_list, faults).status());
  ImageLoader loader(request, faults);
  if (source.test_images().empty()) {
    ACCORD_ASSIGN_OR_RETURN(SplitRule split, SplitRule::Create(*request.mapping, request.seed, request.site, faults));
    if (faults.fatal()) return JobData();
    ACCORD_RETURN_IF_ERROR(
        loader.Add(source.images(), source.labels(), [&](uint64_t number) { return split.SetOf(number); }));
  } else {
    ACCORD_RETURN_IF_ERROR(loader.Add(source.images(), source.labels(), [](uint64_t) { return RowSet::kTrain; }));
    ACCORD_RETURN_IF_ERROR(
        loader.Add(source.test_images(), source.test_labels(), [](uint64_t) { return RowSet::kTest; }));
  }
  return loader.Finish(report);
}

}  // namespace accord
