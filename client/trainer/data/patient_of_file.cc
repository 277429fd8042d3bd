#include "client/trainer/data/patient_of_file.h"

#include "base/status.h"
#include "client/trainer/data/dicom/dicom_image.h"
#include "client/trainer/data/image_folder.h"

namespace accord {

absl::StatusOr<PatientOfFile> PatientOfFile::Open(const v1::DatasetMapping& mapping) {
  const FolderSource files = FolderSourceOf(mapping);
  ACCORD_ASSIGN_OR_RETURN(FolderFiles folder, FolderFiles::Open(files.folder));
  return PatientOfFile(std::move(folder), files.columns.file);
}

absl::StatusOr<std::string> PatientOfFile::IdOf(const std::string& file) const {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, folder_.Read(file, kMaxImageFileBytes));
  return DicomPatientId(bytes);
}

}  // namespace accord
