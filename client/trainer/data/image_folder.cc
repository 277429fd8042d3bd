#include "client/trainer/data/image_folder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/trainer/data/dicom/dicom_image.h"
#include "client/trainer/data/pixel_mask.h"

namespace accord {
namespace {

// Of PNG and JPEG. 16 bits a sample are taken where the mapping says so; all are then numbers from 0 to 1.
absl::StatusOr<DecodedImage> DecodePicture(absl::string_view bytes, const v1::Image& image, bool take_16_bits) {
  DecodedImage decoded;
  ACCORD_ASSIGN_OR_RETURN(decoded.raster, DecodeImage(bytes, image.width(), image.height()));
  if (decoded.raster.bits > 8 && !take_16_bits) {
    return absl::InvalidArgumentError("has 16 bits a sample; set image_folder.bits: 16, or convert it to 8");
  }
  ACCORD_RETURN_IF_ERROR(FitChannels(image.channels(), decoded.raster));
  return decoded;
}

absl::StatusOr<DecodedImage> ReadImage(const FolderFiles& folder, const std::string& file, const FolderSource& files,
                                       const v1::Image& image) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, folder.Read(file, kMaxImageFileBytes));
  return files.decode(bytes, image);
}

// The mask that belongs to an image; nothing where the job wants none.
absl::StatusOr<std::vector<uint8_t>> ReadMask(const FolderFiles& folder, const std::string& file,
                                              const v1::Image& image, const ByteLevels& levels) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, folder.Read(file, kMaxImageFileBytes));
  ACCORD_ASSIGN_OR_RETURN(std::vector<uint8_t> mask, DecodeMask(bytes, image));
  ACCORD_RETURN_IF_ERROR(CodesToLevels(levels, absl::MakeSpan(mask)));
  return mask;
}

void Store(const DecodedImage& image, ValueKind kind, const LabelRow& label, RowStore& store) {
  if (kind == ValueKind::kBytes) return ToPlanes(image.raster, store.AddBytes(label.set, label.target));
  const absl::Span<float> row = store.AddNumbers(label.set, label.target);
  if (image.numbers.empty()) return ToPlanes(image.raster, row);
  std::copy(image.numbers.begin(), image.numbers.end(), row.begin());
}

FolderSource PictureFolder(const v1::ImageFolderSource& source) {
  FolderSource files = {source.folder(), source.labels(), {source.file_column(), source.mask_column()}, {}, {}, {}};
  const bool take_16_bits = source.bits() > 8;
  files.check = [](absl::string_view bytes) { return FormatOf(bytes).status(); };
  files.decode = [take_16_bits](absl::string_view bytes, const v1::Image& image) {
    return DecodePicture(bytes, image, take_16_bits);
  };
  files.kind = [take_16_bits](uint32_t) { return take_16_bits ? ValueKind::kNumbers : ValueKind::kBytes; };
  return files;
}

FolderSource DicomFolder(const v1::DicomSource& source) {
  FolderSource files = {source.folder(), source.labels(), {source.file_column(), ""}, {}, {}, {}};
  files.check = CheckDicom;
  files.decode = [&source](absl::string_view bytes, const v1::Image& image) {
    return DecodeDicom(bytes, source, image);
  };
  files.kind = [](uint32_t channels) { return channels == 1 ? ValueKind::kNumbers : ValueKind::kBytes; };
  return files;
}

}  // namespace

bool MapsFolder(const v1::DatasetMapping& mapping) { return mapping.has_image_folder() || mapping.has_dicom(); }

FolderSource FolderSourceOf(const v1::DatasetMapping& mapping) {
  FolderSource files = mapping.has_dicom() ? DicomFolder(mapping.dicom()) : PictureFolder(mapping.image_folder());
  if (files.columns.file.empty()) files.columns.file = "file";
  if (files.columns.mask.empty()) files.columns.mask = "mask";
  return files;
}

absl::StatusOr<JobData> LoadImageFolder(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::Image& image = request.schema->image();
  FolderSource files = FolderSourceOf(*request.mapping);
  ACCORD_ASSIGN_OR_RETURN(const FolderFiles folder, FolderFiles::Open(files.folder));
  const bool masks = request.schema->target().has_mask();
  if (!masks) files.columns.mask.clear();
  ACCORD_ASSIGN_OR_RETURN(const LabelTable labels, ReadLabels(request, files.labels, files.columns, faults, report));
  if (faults.fatal()) return JobData();
  const ValueKind kind = files.kind(image.channels());
  RowStore store(*request.schema, kind);
  const ByteLevels levels = LevelsOfPixels(request.schema->target(), *request.mapping);
  store.Reserve(labels.rows);
  for (size_t i = 0; i < labels.rows.size(); ++i) {
    const LabelRow& label = labels.rows[i];
    const absl::StatusOr<DecodedImage> decoded = ReadImage(folder, label.file, files, image);
    absl::StatusOr<std::vector<uint8_t>> mask = std::vector<uint8_t>();
    if (masks) mask = ReadMask(folder, label.mask, image, levels);
    if (!mask.ok()) faults.AddBadFile(label.line, label.mask, mask.status().message());
    if (!decoded.ok()) faults.AddBadFile(label.line, label.file, decoded.status().message());
    if (decoded.ok() && mask.ok()) {
      store.AddMask(label.set, *mask);
      Store(*decoded, kind, label, store);
    }
    if (request.progress) request.progress(i + 1, labels.rows.size());
  }
  return store.Finish(report);
}

}  // namespace accord
