#include <cmath>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/load_config.h"
#include "proto/validation/source_checks.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

constexpr double kDefaultTestFraction = 0.2;

void ApplyMappingDefaults(v1::DatasetMapping& mapping, const FieldPlaces* places) {
  if (IsUnset(mapping.missing_size() == 0, places, "missing")) {
    for (const char* text : {"", "?", "NA"}) mapping.add_missing(text);
  }
  if (mapping.rows_with_missing() == v1::DatasetMapping::MISSING_ROWS_UNSPECIFIED) {
    mapping.set_rows_with_missing(v1::DatasetMapping::KEEP);
  }
  if (mapping.bad_rows() == v1::DatasetMapping::BAD_ROWS_UNSPECIFIED) mapping.set_bad_rows(v1::DatasetMapping::REFUSE);
  const bool has_test_files = !mapping.idx().test_images().empty();
  if (mapping.split().kind_case() == v1::Split::KIND_NOT_SET && !has_test_files) {
    mapping.mutable_split()->set_test_fraction(kDefaultTestFraction);
  }
  if (mapping.split().has_file()) {
    v1::SplitFile& file = *mapping.mutable_split()->mutable_file();
    if (file.line_column().empty()) file.set_line_column("line");
    if (file.set_column().empty()) file.set_set_column("set");
  }
  ApplySourceDefaults(mapping, places);
  for (int i = 0; i < mapping.columns_size(); ++i) {
    v1::ColumnMapping& column = *mapping.mutable_columns(i);
    if (column.column().empty()) column.set_column(column.name());
    if (IsUnset(column.scale() == 0, places, FieldPath(ItemPath("columns", i), "scale"))) column.set_scale(1);
  }
}

// "1" and "1.0" are the same code.
std::string CanonicalCode(const std::string& code) {
  double number = 0;
  if (absl::SimpleAtod(code, &number) && std::isfinite(number)) return NumberText(number);
  return code;
}

void CheckColumn(const v1::ColumnMapping& column, const std::string& path, FaultList& faults) {
  absl::flat_hash_map<std::string, std::string> level_of;
  for (int i = 0; i < column.codes_size(); ++i) {
    const v1::Code& code = column.codes(i);
    if (!level_of.try_emplace(CanonicalCode(code.code()), code.level()).second) {
      faults.Add(FieldPath(ItemPath(FieldPath(path, "codes"), i), "code"),
                 absl::StrCat("is ", QuoteForFault(code.code()), " a second time; a code stands for one level"));
    }
  }
  if (column.codes_size() > 0 && (column.scale() != 1 || column.offset() != 0)) {
    faults.Add(FieldPath(path, "codes"), "cannot stand beside scale or offset: a column is a category or a number");
  }
  if (column.scale() == 0) faults.Add(FieldPath(path, "scale"), "is 0: every value would become the offset");
}

void CheckSplit(const v1::SplitFile& file, FaultList& faults) {
  if (file.where_column().empty() != file.where_value().empty()) {
    faults.Add(file.where_column().empty() ? "split.file.where_column" : "split.file.where_value",
               "is missing; where_column and where_value come together");
  }
}

void CheckMapping(const v1::DatasetMapping& mapping, FaultList& faults) {
  CheckSource(mapping, faults);
  CheckPersons(mapping, faults);
  if (mapping.split().has_file()) CheckSplit(mapping.split().file(), faults);
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < mapping.columns_size(); ++i) {
    const std::string path = ItemPath("columns", i);
    if (!names.insert(mapping.columns(i).name()).second) {
      faults.Add(FieldPath(path, "name"), absl::StrCat("is ", QuoteForFault(mapping.columns(i).name()),
                                                       " a second time; map each column of the schema once"));
    }
    CheckColumn(mapping.columns(i), path, faults);
  }
}

void CheckColumnAgainstSchema(const v1::ColumnMapping& column, const v1::Category* category, const std::string& path,
                              FaultList& faults) {
  if (category == nullptr) {
    if (column.codes_size() > 0) {
      faults.Add(FieldPath(path, "codes"),
                 "belongs to a category, but the job's schema says that the column is numeric");
    }
    return;
  }
  const absl::flat_hash_set<std::string> levels(category->levels().begin(), category->levels().end());
  const std::vector<std::string> known(category->levels().begin(), category->levels().end());
  for (int i = 0; i < column.codes_size(); ++i) {
    const std::string& level = column.codes(i).level();
    if (levels.contains(level)) continue;
    const std::string nearest = NearestName(level, known);
    faults.Add(FieldPath(ItemPath(FieldPath(path, "codes"), i), "level"),
               absl::StrCat("is ", QuoteForFault(level), ", which is no level of ", QuoteForFault(column.name()),
                            nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?")));
  }
}

// Why a source cannot hold rows of this schema; empty where it can.
std::string MismatchOf(const v1::DatasetMapping& mapping, const v1::DataSchema& schema) {
  const bool table = MapsTable(mapping);
  const bool array = mapping.has_npy() && !table;
  const bool lines = table && !mapping.has_npy();
  if (schema.has_image()) {
    if (table) return "is a table, but the job's schema asks for images; map an idx, npy, image_folder or dicom source";
    if (schema.target().has_mask() && mapping.has_idx()) {
      return "holds a label for each image, but the job's schema asks for a mask; map an npy, image_folder or dicom "
             "source";
    }
    return "";
  }
  if (schema.has_series()) {
    return array || lines
               ? ""
               : "holds no series, which the job's schema asks for; map an npy source without header, or a csv, "
                 "sqlite or postgresql source with a column for each measurement";
  }
  if (schema.has_text() && schema.text().tokens() == v1::Text::IDS) {
    return array ? "" : "holds no token ids, which the job's schema asks for; map an npy source without header";
  }
  if (schema.has_text()) {
    return lines ? "" : "holds no texts, which the job's schema asks for; map a csv, sqlite or postgresql source";
  }
  return table ? ""
               : "holds images, but the job's schema asks for a table; map a csv, sqlite, postgresql or npy (with "
                 "header) source";
}

}  // namespace

void CheckMappingAgainstSchema(const v1::DatasetMapping& mapping, const v1::DataSchema& schema, FaultList& faults) {
  if (const std::string problem = MismatchOf(mapping, schema); !problem.empty()) {
    faults.Add(SourceField(mapping), problem);
    return;
  }
  if (schema.target().has_mask() && mapping.has_npy() && mapping.npy().masks().empty()) {
    faults.Add("npy.masks", "is missing; the job's schema asks for a level of each pixel");
  }
  absl::flat_hash_map<std::string, const v1::Category*> columns;  // nullptr: numeric
  for (const v1::Feature& feature : schema.features()) {
    columns[feature.name()] = feature.has_category() ? &feature.category() : nullptr;
  }
  columns[schema.target().name()] = schema.target().has_category() ? &schema.target().category() : nullptr;
  v1::Category pixels;
  if (schema.target().has_mask()) {
    *pixels.mutable_levels() = schema.target().mask().levels();
    columns[schema.target().name()] = &pixels;
  }
  if (schema.target().has_survival()) {
    const v1::Event& event = schema.target().survival().event();
    columns[event.name()] = &event.category();
  }
  for (int i = 0; i < mapping.columns_size(); ++i) {
    const std::string path = ItemPath("columns", i);
    const auto found = columns.find(mapping.columns(i).name());
    // A mapping may serve several jobs: what this one does not ask for is no fault.
    if (found != columns.end()) CheckColumnAgainstSchema(mapping.columns(i), found->second, path, faults);
  }
}

absl::StatusOr<v1::DatasetMapping> LoadDatasetMapping(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(v1::DatasetMapping mapping,
                          LoadConfig<v1::DatasetMapping>(path, ApplyMappingDefaults, CheckMapping));
  for (std::string* file : PathsIn(mapping)) {
    *file = ResolveBeside(path, *file);
    // As a path without a name it could not be bound into the sandbox under one.
    if ((mapping.has_image_folder() || mapping.has_dicom()) && file->size() > 1 && file->back() == '/')
      file->pop_back();
  }
  return mapping;
}

}  // namespace accord
