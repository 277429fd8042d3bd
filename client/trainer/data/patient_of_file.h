// The person whom an image is about, where the image's own file says it: the patient of a DICOM file.
//
// An identifier read here is held against the opt-out list and goes nowhere else; no message has it.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "client/trainer/data/folder_files.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Movable.
class PatientOfFile {
 public:
  // For a mapping with `dicom`.
  static absl::StatusOr<PatientOfFile> Open(const v1::DatasetMapping& mapping);

  // The label table's column of the files.
  const std::string& file_column() const { return file_column_; }
  // INVALID_ARGUMENT in words that suit behind the file's name.
  absl::StatusOr<std::string> IdOf(const std::string& file) const;

 private:
  PatientOfFile(FolderFiles folder, std::string file_column)
      : folder_(std::move(folder)), file_column_(std::move(file_column)) {}
  FolderFiles folder_;
  std::string file_column_;
};

}  // namespace accord
