#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/site_files.h"
#include "cli/synthetic/site_rows.h"
#include "cli/synthetic/statistics.h"

namespace accord {
namespace {

// In hospitals with their own units, the first number is written as ten times the schema's unit.
constexpr double kOwnUnit = 10;

// How a hospital's system writes its tables. Every third hospital has the schema's own names and levels, the next one
// codes and a semicolon, the next one its own column names and one unit of its own.
struct Habits {
  bool codes = false;
  bool own_names = false;
  bool own_unit = false;
  char delimiter = ',';
};

Habits HabitsOf(uint32_t site) {
  switch (site % 3) {
    case 1:
      return {.codes = true, .own_names = false, .own_unit = false, .delimiter = ';'};
    case 2:
      return {.codes = false, .own_names = true, .own_unit = true, .delimiter = ','};
    default:
      return {};
  }
}

// A field of a CSV file (RFC 4180).
std::string Field(const std::string& text, char delimiter) {
  if (text.find_first_of(std::string("\"\r\n") + delimiter) == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

// A column of the file, as the schema knows it.
struct Column {
  std::string name;
  const v1::Category* category = nullptr;  // null: a number
  int decimals = 0;
};

Column NumericColumn(const std::string& name, double min, double max) {
  v1::Numeric bounds;
  bounds.set_min(min);
  bounds.set_max(max);
  return {.name = name, .decimals = DecimalsOf(bounds)};
}

// Features, target, and where there are any the event of a time and the exposure of a count.
std::vector<Column> ColumnsOf(const v1::JobSpec& spec) {
  std::vector<Column> columns;
  for (const v1::Feature& feature : spec.data().features()) {
    const v1::Numeric& numeric = feature.numeric();
    columns.push_back(feature.has_category() ? Column{.name = feature.name(), .category = &feature.category()}
                                             : NumericColumn(feature.name(), numeric.min(), numeric.max()));
  }
  const v1::Target& target = spec.data().target();
  if (target.has_category()) {
    columns.push_back({.name = target.name(), .category = &target.category()});
  } else if (target.has_survival()) {
    columns.push_back(NumericColumn(target.name(), 0, target.survival().max()));
    columns.push_back({.name = target.survival().event().name(), .category = &target.survival().event().category()});
  } else if (spec.model().has_poisson_regression()) {
    columns.push_back({.name = target.name()});  // whole numbers
  } else {
    columns.push_back(NumericColumn(target.name(), target.numeric().min(), target.numeric().max()));
  }
  if (spec.model().poisson_regression().has_exposure()) {
    const v1::Exposure& exposure = spec.model().poisson_regression().exposure();
    // Of an exposure near 0 no digit may be lost.
    columns.push_back({.name = exposure.name(), .decimals = 6});
  }
  return columns;
}

// A row in the order of ColumnsOf.
std::vector<double> ValuesOf(const v1::JobSpec& spec, const SyntheticRow& row) {
  std::vector<double> values = row.features;
  values.push_back(row.target);
  if (spec.data().target().has_survival()) values.push_back(row.event);
  if (spec.model().poisson_regression().has_exposure()) values.push_back(row.exposure);
  return values;
}

class TableSite {
 public:
  TableSite(const v1::JobSpec& spec, const SiteToWrite& site)
      : spec_(spec), columns_(ColumnsOf(spec)), habits_(HabitsOf(site.index)), name_(site.name) {
    for (int i = 0; i < spec.data().features_size(); ++i) {
      if (!spec.data().features(i).has_numeric()) continue;
      if (habits_.own_unit) own_unit_column_ = static_cast<size_t>(i);
      break;
    }
  }

  const std::string& name() const { return name_; }
  std::string CsvName() const { return absl::StrCat("SYNTHETIC-", name_, ".csv"); }

  std::string Header() const {
    std::vector<std::string> fields = {"SYNTHETIC"};
    for (size_t i = 0; i < columns_.size(); ++i) fields.push_back(Field(ColumnName(i), habits_.delimiter));
    return absl::StrCat(absl::StrJoin(fields, std::string(1, habits_.delimiter)), "\n");
  }

  std::string Line(const SyntheticRow& row) const {
    const std::vector<double> values = ValuesOf(spec_, row);
    std::vector<std::string> fields = {"SYNTHETIC"};
    for (size_t i = 0; i < columns_.size(); ++i) fields.push_back(Value(i, values[i]));
    return absl::StrCat(absl::StrJoin(fields, std::string(1, habits_.delimiter)), "\n");
  }

  std::string Mapping() const {
    std::string text = absl::StrCat(SyntheticMappingHead(name_), "csv:\n  file: ", QuotedForYaml(CsvName()),
                                    "\n  delimiter: \"", std::string(1, habits_.delimiter), "\"\n");
    std::string columns;
    for (size_t i = 0; i < columns_.size(); ++i) absl::StrAppend(&columns, ColumnEntry(i));
    if (!columns.empty()) absl::StrAppend(&text, "columns:\n", columns);
    absl::StrAppend(&text, "missing: [\"\"]\nrows_with_missing: keep\nsplit: {test_fraction: ", kSyntheticTestFraction,
                    "}\n");
    return text;
  }

 private:
  std::string ColumnName(size_t i) const {
    return habits_.own_names ? absl::StrFormat("C%03d", i + 1) : columns_[i].name;
  }

  std::string Value(size_t i, double value) const {
    if (std::isnan(value)) return "";
    if (const v1::Category* category = columns_[i].category) {
      const int level = static_cast<int>(value);
      return habits_.codes ? absl::StrCat(level) : Field(category->levels(level), habits_.delimiter);
    }
    return absl::StrFormat("%.*f", columns_[i].decimals, i == own_unit_column_ ? value * kOwnUnit : value);
  }

  // What the mapping says about column `i`; nothing where file and schema agree.
  std::string ColumnEntry(size_t i) const {
    const v1::Category* category = columns_[i].category;
    const bool codes = habits_.codes && category != nullptr;
    if (!habits_.own_names && !codes && i != own_unit_column_) return "";
    std::string entry = absl::StrCat("  - name: ", QuotedForYaml(columns_[i].name), "\n");
    if (habits_.own_names) absl::StrAppend(&entry, "    column: ", QuotedForYaml(ColumnName(i)), "\n");
    if (i == own_unit_column_) absl::StrAppend(&entry, "    scale: ", 1 / kOwnUnit, "\n");
    if (codes) {
      absl::StrAppend(&entry, "    codes:\n");
      for (int level = 0; level < category->levels_size(); ++level) {
        absl::StrAppend(&entry, "      - {code: \"", level, "\", level: ", QuotedForYaml(category->levels(level)),
                        "}\n");
      }
    }
    return entry;
  }

  const v1::JobSpec& spec_;
  std::vector<Column> columns_;
  Habits habits_;
  std::string name_;
  size_t own_unit_column_ = SIZE_MAX;  // none
};

}  // namespace

std::string QuotedForYaml(const std::string& text) {
  // A JSON string is a double-quoted YAML scalar (YAML 1.2, section 1.3).
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string SyntheticMappingHead(const std::string& site) {
  return absl::StrCat("# SYNTHETIC: generated data of no real patient. Mapping of ", site,
                      ", written by `accord data synthesize`.\n");
}

absl::StatusOr<SyntheticSite> WriteTableSite(const v1::JobSpec& spec, const SyntheticOptions& options,
                                             const SiteToWrite& site, const std::string& folder) {
  const TableSite table(spec, site);
  const GroundTruth truth = GroundTruth::Draw(spec, options.seed, options.statistics);
  SiteRows rows(truth, truth.DrawShift(site.index, options.skew, PublishedSiteOf(options.statistics, site.name)),
                RandomStream({.job_seed = options.seed, .site = table.name(), .round = 0, .use = "synthetic-rows"}));
  RowFacts facts(spec.data());
  SyntheticSite written{.site = table.name(),
                        .mapping = absl::StrCat(folder, "/SYNTHETIC-", table.name(), ".mapping.yaml"),
                        .files = {absl::StrCat(folder, "/", table.CsvName())},
                        .rows = site.rows};
  // Row by row: a table may be larger than memory.
  std::ofstream csv(written.files[0], std::ios::binary | std::ios::trunc);
  csv << table.Header();
  for (uint64_t i = 0; i < site.rows && csv.good(); ++i) {
    ACCORD_RETURN_IF_ERROR(MayGoOn(options, i));
    const SyntheticRow row = rows.Next();
    facts.Take(row);
    csv << table.Line(row);
  }
  csv.close();
  if (!csv.good()) return ErrnoError("write", written.files[0]);
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(written.mapping, table.Mapping(), 0644, Durability::kVisible));
  written.constant_columns = facts.ConstantColumns();
  written.missing_classes = facts.MissingClasses();
  return written;
}

}  // namespace accord
