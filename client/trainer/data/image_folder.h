// Images in files, one in each, named by a label table: PNG and JPEG, or DICOM.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/folder_files.h"
#include "client/trainer/data/image_decoder.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/row_store.h"

namespace accord {

// More would be no image of the largest size that a schema can have.
inline constexpr uint64_t kMaxImageFileBytes = uint64_t{128} << 20;

// A source whose images are files below a folder.
struct FolderSource {
  std::string folder;
  std::string labels;
  LabelColumns columns;  // with that of masks
  // Of one file's bytes: whether it is such an image, as far as can be said without a schema; and its pixels.
  std::function<absl::Status(absl::string_view bytes)> check;
  std::function<absl::StatusOr<DecodedImage>(absl::string_view bytes, const v1::Image& image)> decode;
  // What its rows hold, in images of so many channels.
  std::function<ValueKind(uint32_t channels)> kind;
};

// Whether the mapping has such a source (image_folder, dicom), and which. The mapping must outlive the result.
bool MapsFolder(const v1::DatasetMapping& mapping);
FolderSource FolderSourceOf(const v1::DatasetMapping& mapping);

// As LoadJobData, for a mapping with such a source and a schema with `image`. An image that cannot be used is a bad row
// of the label table, told with its file; so is a mask, where the schema asks for masks.
absl::StatusOr<JobData> LoadImageFolder(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
