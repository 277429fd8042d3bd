#include "proto/validation/source_checks.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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
               "(npy, image_folder, dicom) it could");
  }
}

// What the database itself says of a query comes when it is asked; this only keeps the plainest mistakes from that.
void CheckQuery(absl::string_view query, absl::string_view field, FaultList& faults) {
  query = absl::StripLeadingAsciiWhitespace(query);
  if (!absl::StartsWithIgnoreCase(query, "select") && !absl::StartsWithIgnoreCase(query, "with")) {
    faults.Add(std::string(field), "does not begin with SELECT or WITH; expected one SELECT");
  }
}

void CheckPostgresql(const v1::PostgresqlSource& source, FaultList& faults) {
  CheckQuery(source.query(), "postgresql.query", faults);
  const bool over_socket = absl::StartsWith(source.host(), "/");
  if (over_socket) {
    if (source.tls() != v1::PostgresqlSource::TLS_UNSPECIFIED) {
      faults.Add("postgresql.tls", "is for servers across a network; over a Unix socket there is no TLS: remove it");
    }
    if (!source.ca_file().empty()) {
      faults.Add("postgresql.ca_file",
                 "is for servers across a network; over a Unix socket there is no TLS: remove it");
    }
    return;
  }
  if (source.ca_file().empty()) {
    faults.Add(
        "postgresql.ca_file",
        "is missing; name the certificate (PEM) of the authority that vouches for the server, or the server's own "
        "where it signed it itself");
  }
  if (source.password_file().empty()) {
    faults.Add("postgresql.password_file",
               "is missing; across a network the server takes a user by password: a file of mode 0600 that holds it");
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

void ApplyDicomDefaults(v1::DicomSource& dicom, const FieldPlaces* places) {
  if (dicom.file_column().empty()) dicom.set_file_column("file");
  if (dicom.window() != v1::DicomSource::WINDOW_UNSPECIFIED) return;
  const bool given = !IsUnset(dicom.window_width() == 0, places, "dicom.window_width");
  dicom.set_window(given ? v1::DicomSource::GIVEN : v1::DicomSource::FROM_FILE);
}

void CheckDicom(const v1::DatasetMapping& mapping, FaultList& faults) {
  const v1::DicomSource& dicom = mapping.dicom();
  const FieldPlaces* places = faults.places();
  const bool given = dicom.window() == v1::DicomSource::GIVEN;
  const bool has_width = !IsUnset(dicom.window_width() == 0, places, "dicom.window_width");
  const bool has_center = !IsUnset(dicom.window_center() == 0, places, "dicom.window_center");
  if (given && !(dicom.window_width() >= 1)) {
    faults.Add("dicom.window_width",
               "is missing or less than 1; expected the width of the window, from black to white");
  }
  if (given && places != nullptr && !has_center) {
    faults.Add("dicom.window_center", "is missing; expected the value that becomes the middle grey");
  }
  if (!given && (has_width || has_center)) {
    faults.Add(has_width ? "dicom.window_width" : "dicom.window_center",
               "belongs to window: given; remove it, or write both center and width");
  }
  if (dicom.person_is_patient() && !mapping.person_id().empty()) {
    faults.Add("person_id", "cannot stand beside dicom.person_is_patient, which says where the person stands");
  }
}

// Whether a row says whom it is about.
bool SaysWhose(const v1::DatasetMapping& mapping) {
  return !mapping.person_id().empty() || mapping.dicom().person_is_patient();
}

}  // namespace

void ApplySourceDefaults(v1::DatasetMapping& mapping, const FieldPlaces* places) {
  if (mapping.has_csv() && mapping.csv().delimiter().empty()) mapping.mutable_csv()->set_delimiter(",");
  if (mapping.has_npy() && IsUnset(mapping.npy().scale() == 0, places, "npy.scale")) {
    mapping.mutable_npy()->set_scale(1);
  }
  if (mapping.has_postgresql() && mapping.postgresql().port() == 0) mapping.mutable_postgresql()->set_port(5432);
  if (mapping.has_dicom()) ApplyDicomDefaults(*mapping.mutable_dicom(), places);
  if (!mapping.has_image_folder()) return;
  v1::ImageFolderSource& folder = *mapping.mutable_image_folder();
  if (folder.file_column().empty()) folder.set_file_column("file");
  if (folder.mask_column().empty()) folder.set_mask_column("mask");
  if (IsUnset(folder.bits() == 0, places, "image_folder.bits")) folder.set_bits(8);
}

void CheckSource(const v1::DatasetMapping& mapping, FaultList& faults) {
  if (mapping.has_csv()) CheckCsv(mapping.csv(), faults);
  if (mapping.has_idx()) CheckIdx(mapping, faults);
  if (mapping.has_sqlite()) CheckQuery(mapping.sqlite().query(), "sqlite.query", faults);
  if (mapping.has_postgresql()) CheckPostgresql(mapping.postgresql(), faults);
  if (mapping.has_npy()) CheckNpy(mapping.npy(), faults);
  if (mapping.has_image_folder()) CheckImageFolder(mapping.image_folder(), faults);
  if (mapping.has_dicom()) CheckDicom(mapping, faults);
}

void CheckPersons(const v1::DatasetMapping& mapping, FaultList& faults) {
  if (mapping.no_persons() && SaysWhose(mapping)) {
    faults.Add("no_persons", absl::StrCat("cannot stand beside ",
                                          mapping.person_id().empty() ? "dicom.person_is_patient" : "person_id",
                                          ", which says that the rows are about persons"));
  }
}

absl::Status CheckMappingAgainstOptOut(const v1::DatasetMapping& mapping, const std::string& path) {
  const FieldPlaces places(path);
  FaultList faults(&places);
  if (!SaysWhose(mapping) && !mapping.no_persons()) {
    faults.Add(
        "person_id",
        absl::StrCat("is missing, but client.yaml has an opt_out_list: name the column with the person's identifier",
                     mapping.has_dicom() ? " or write dicom.person_is_patient: true" : "",
                     ", or write no_persons: true where the rows are about nobody who could opt out"));
  }
  return faults.ToStatus();
}

bool MapsTable(const v1::DatasetMapping& mapping) {
  return mapping.has_csv() || mapping.has_sqlite() || mapping.has_postgresql() ||
         (mapping.has_npy() && mapping.npy().header_size() > 0);
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
    case v1::DatasetMapping::kPostgresql:
      paths = {mapping.mutable_postgresql()->mutable_password_file(), mapping.mutable_postgresql()->mutable_ca_file()};
      break;
    case v1::DatasetMapping::kNpy:
      paths = {mapping.mutable_npy()->mutable_array(), mapping.mutable_npy()->mutable_labels(),
               mapping.mutable_npy()->mutable_masks()};
      break;
    case v1::DatasetMapping::kImageFolder:
      paths = {mapping.mutable_image_folder()->mutable_folder(), mapping.mutable_image_folder()->mutable_labels()};
      break;
    case v1::DatasetMapping::kDicom:
      paths = {mapping.mutable_dicom()->mutable_folder(), mapping.mutable_dicom()->mutable_labels()};
      break;
    case v1::DatasetMapping::SOURCE_NOT_SET:
      break;
  }
  if (mapping.split().has_file()) paths.push_back(mapping.mutable_split()->mutable_file()->mutable_file());
  return paths;
}

}  // namespace accord
