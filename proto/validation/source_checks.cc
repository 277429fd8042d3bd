#include "proto/validation/source_checks.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/load_config.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

void CheckCsv(const v1::CsvSource& csv, FaultList& faults) {
  if (csv.delimiter() == "\"" || csv.delimiter() == "\n" || csv.delimiter() == "\r") {
    faults.Add("csv.delimiter", "is a quote or a line end; expected the character between two fields, such as , or ;");
  }
  CheckDistinct(csv.header(), "csv.header", "column", faults);
}

void CheckIdx(const v1::DatasetMapping& mapping, FaultList& faults) {
  const v1::IdxSource& idx = mapping.idx();
  if (idx.test_images().empty() != idx.test_labels().empty()) {
    faults.Add(idx.test_images().empty() ? "idx.test_images" : "idx.test_labels",
               "is missing; held-out images and their labels come together");
  }
  if (!idx.test_images().empty() && mapping.has_split()) {
    faults.Add("split", "cannot stand beside idx.test_images, which says already what is held out");
  }
  if (mapping.columns_size() > 0) faults.Add("columns", "belongs to csv; an image file has no columns");
  if (!mapping.person_id().empty()) {
    faults.Add("person_id",
               "belongs to a table; an IDX file does not say whose an image is. With a label table "
               "(npy, image_folder) it could");
  }
}

// What SQLite itself says of the query comes when the trainer asks it; this only keeps the plainest mistakes from that.
void CheckSqlite(const v1::SqliteSource& sqlite, FaultList& faults) {
  const absl::string_view query = absl::StripLeadingAsciiWhitespace(sqlite.query());
  if (!absl::StartsWithIgnoreCase(query, "select") && !absl::StartsWithIgnoreCase(query, "with")) {
    faults.Add("sqlite.query", "does not begin with SELECT or WITH; expected one SELECT");
  }
}

void CheckNpy(const v1::NpySource& npy, FaultList& faults) {
  CheckDistinct(npy.header(), "npy.header", "column", faults);
  if (npy.header_size() > 0 && !npy.masks().empty()) {
    faults.Add("npy.masks", "are of images, and npy.header makes the array a table; remove one of them");
  }
  if (npy.scale() == 0) faults.Add("npy.scale", "is 0: every value would become the offset");
  if (npy.header_size() > 0 && (npy.scale() != 1 || npy.offset() != 0)) {
    faults.Add("npy.scale", "and offset are for images and series; a table's columns have their own under columns");
  }
}

void CheckImageFolder(const v1::ImageFolderSource& folder, FaultList& faults) {
  if (folder.bits() != 8 && folder.bits() != 16) faults.Add("image_folder.bits", "is neither 8 nor 16");
}

}  // namespace

void ApplySourceDefaults(v1::DatasetMapping& mapping, const FieldPlaces* places) {
  if (mapping.has_csv() && mapping.csv().delimiter().empty()) mapping.mutable_csv()->set_delimiter(",");
  if (mapping.has_npy() && IsUnset(mapping.npy().scale() == 0, places, "npy.scale")) {
    mapping.mutable_npy()->set_scale(1);
  }
  if (!mapping.has_image_folder()) return;
  v1::ImageFolderSource& folder = *mapping.mutable_image_folder();
  if (folder.file_column().empty()) folder.set_file_column("file");
  if (folder.mask_column().empty()) folder.set_mask_column("mask");
  if (IsUnset(folder.bits() == 0, places, "image_folder.bits")) folder.set_bits(8);
}

void CheckSource(const v1::DatasetMapping& mapping, FaultList& faults) {
  if (mapping.has_csv()) CheckCsv(mapping.csv(), faults);
  if (mapping.has_idx()) CheckIdx(mapping, faults);
  if (mapping.has_sqlite()) CheckSqlite(mapping.sqlite(), faults);
  if (mapping.has_npy()) CheckNpy(mapping.npy(), faults);
  if (mapping.has_image_folder()) CheckImageFolder(mapping.image_folder(), faults);
}

void CheckPersons(const v1::DatasetMapping& mapping, FaultList& faults) {
  if (mapping.no_persons() && !mapping.person_id().empty()) {
    faults.Add("no_persons", "cannot stand beside person_id, which says that the rows are about persons");
  }
}

absl::Status CheckMappingAgainstOptOut(const v1::DatasetMapping& mapping, const std::string& path) {
  const FieldPlaces places(path);
  FaultList faults(&places);
  if (mapping.person_id().empty() && !mapping.no_persons()) {
    faults.Add(
        "person_id",
        "is missing, but client.yaml has an opt_out_list: name the column with the person's identifier, or write "
        "no_persons: true where the rows are about nobody who could opt out");
  }
  return faults.ToStatus();
}

bool MapsTable(const v1::DatasetMapping& mapping) {
  return mapping.has_csv() || mapping.has_sqlite() || (mapping.has_npy() && mapping.npy().header_size() > 0);
}

std::string SourceField(const v1::DatasetMapping& mapping) {
  const auto* source = mapping.GetDescriptor()->FindOneofByName("source");
  const auto* field = mapping.GetReflection()->GetOneofFieldDescriptor(mapping, source);
  return field == nullptr ? "source" : std::string(field->name());
}

std::vector<std::string*> PathsIn(v1::DatasetMapping& mapping) {
  std::vector<std::string*> paths;
  switch (mapping.source_case()) {
    case v1::DatasetMapping::kCsv:
      paths = {mapping.mutable_csv()->mutable_file()};
      break;
    case v1::DatasetMapping::kIdx:
      paths = {mapping.mutable_idx()->mutable_images(), mapping.mutable_idx()->mutable_labels(),
               mapping.mutable_idx()->mutable_test_images(), mapping.mutable_idx()->mutable_test_labels()};
      break;
    case v1::DatasetMapping::kSqlite:
      paths = {mapping.mutable_sqlite()->mutable_file()};
      break;
    case v1::DatasetMapping::kNpy:
      paths = {mapping.mutable_npy()->mutable_array(), mapping.mutable_npy()->mutable_labels(),
               mapping.mutable_npy()->mutable_masks()};
      break;
    case v1::DatasetMapping::kImageFolder:
      paths = {mapping.mutable_image_folder()->mutable_folder(), mapping.mutable_image_folder()->mutable_labels()};
      break;
    case v1::DatasetMapping::SOURCE_NOT_SET:
      break;
  }
  if (mapping.split().has_file()) paths.push_back(mapping.mutable_split()->mutable_file()->mutable_file());
  return paths;
}

}  // namespace accord
