#include "client/trainer/data/image_folder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/trainer/data/image_decoder.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/pixel_mask.h"
#include "client/trainer/data/row_store.h"

namespace accord {
namespace {

absl::StatusOr<Raster> ReadImage(const FolderFiles& folder, const std::string& file, const v1::Image& image,
                                 bool take_16_bits) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, folder.Read(file, kMaxImageFileBytes));
  ACCORD_ASSIGN_OR_RETURN(Raster raster, DecodeImage(bytes, image.width(), image.height()));
  if (raster.bits > 8 && !take_16_bits) {
    return absl::InvalidArgumentError("has 16 bits a sample; set image_folder.bits: 16, or convert it to 8");
  }
  ACCORD_RETURN_IF_ERROR(FitChannels(image.channels(), raster));
  return raster;
}

// The mask that belongs to an image; nothing where the job wants none.
absl::StatusOr<std::vector<uint8_t>> ReadMask(const FolderFiles& folder, const std::string& file,
                                              const v1::Image& image, const ByteLevels& levels) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, folder.Read(file, kMaxImageFileBytes));
  ACCORD_ASSIGN_OR_RETURN(std::vector<uint8_t> mask, DecodeMask(bytes, image));
  ACCORD_RETURN_IF_ERROR(CodesToLevels(levels, absl::MakeSpan(mask)));
  return mask;
}

LabelColumns ColumnsOf(const v1::ImageFolderSource& source, bool masks) {
  LabelColumns columns = {.file = source.file_column(), .mask = masks ? source.mask_column() : ""};
  if (columns.file.empty()) columns.file = "file";
  if (masks && columns.mask.empty()) columns.mask = "mask";
  return columns;
}

}  // namespace

absl::StatusOr<JobData> LoadImageFolder(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::ImageFolderSource& source = request.mapping->image_folder();
  const bool take_16_bits = source.bits() > 8;
  ACCORD_ASSIGN_OR_RETURN(const FolderFiles folder, FolderFiles::Open(source.folder()));
  const bool masks = request.schema->target().has_mask();
  const LabelColumns columns = ColumnsOf(source, masks);
  ACCORD_ASSIGN_OR_RETURN(const LabelTable labels, ReadLabels(request, source.labels(), columns, faults, report));
  if (faults.fatal()) return JobData();
  RowStore store(*request.schema, take_16_bits ? ValueKind::kNumbers : ValueKind::kBytes);
  const ByteLevels levels = LevelsOfPixels(request.schema->target(), *request.mapping);
  store.Reserve(labels.rows);
  for (size_t i = 0; i < labels.rows.size(); ++i) {
    const LabelRow& label = labels.rows[i];
    const absl::StatusOr<Raster> raster = ReadImage(folder, label.file, request.schema->image(), take_16_bits);
    absl::StatusOr<std::vector<uint8_t>> mask = std::vector<uint8_t>();
    if (masks) mask = ReadMask(folder, label.mask, request.schema->image(), levels);
    if (!mask.ok()) faults.AddBadFile(label.line, label.mask, mask.status().message());
    if (!raster.ok()) faults.AddBadFile(label.line, label.file, raster.status().message());
    if (!raster.ok() || !mask.ok()) {
      if (request.progress) request.progress(i + 1, labels.rows.size());
      continue;
    }
    store.AddMask(label.set, *mask);
    if (take_16_bits) {
      ToPlanes(*raster, store.AddNumbers(label.set, label.target));
    } else {
      ToPlanes(*raster, store.AddBytes(label.set, label.target));
    }
    if (request.progress) request.progress(i + 1, labels.rows.size());
  }
  return store.Finish(report);
}

}  // namespace accord
