#include "client/trainer/data/image_folder.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "client/trainer/data/image_decoder.h"
#include "client/trainer/data/image_store.h"
#include "client/trainer/data/label_table.h"

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

}  // namespace

absl::StatusOr<JobData> LoadImageFolder(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::ImageFolderSource& source = request.mapping->image_folder();
  const bool take_16_bits = source.bits() > 8;
  ACCORD_ASSIGN_OR_RETURN(const FolderFiles folder, FolderFiles::Open(source.folder()));
  ACCORD_ASSIGN_OR_RETURN(const LabelTable labels,
                          ReadLabels(request, source.labels(),
                                     source.file_column().empty() ? "file" : source.file_column(), faults, report));
  if (faults.fatal()) return JobData();
  ImageStore store(request.schema->image(), take_16_bits ? PixelKind::kNumbers : PixelKind::kBytes);
  store.Reserve(labels.rows);
  for (size_t i = 0; i < labels.rows.size(); ++i) {
    const LabelRow& label = labels.rows[i];
    const absl::StatusOr<Raster> raster = ReadImage(folder, label.file, request.schema->image(), take_16_bits);
    if (!raster.ok()) {
      faults.AddBadFile(label.line, label.file, raster.status().message());
    } else if (take_16_bits) {
      ToPlanes(*raster, store.AddNumbers(label.set, label.target));
    } else {
      ToPlanes(*raster, store.AddBytes(label.set, label.target));
    }
    if (request.progress) request.progress(i + 1, labels.rows.size());
  }
  return store.Finish(report);
}

}  // namespace accord
