#include "client/trainer/data/npy_numbers.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/npy_file.h"
#include "client/trainer/data/row_store.h"

namespace accord {
namespace {

absl::Status CheckNumbersShape(const v1::DataSchema& schema, const NpyFile& array, const std::string& path) {
  const std::vector<int64_t> wanted = RowShape(schema);
  const std::vector<int64_t> found(array.shape().begin() + 1, array.shape().end());
  const bool flat = schema.has_series() && wanted[0] == 1 && found.size() == 1 && found[0] == wanted[1];
  if (found != wanted && !flat) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has rows of shape (", absl::StrJoin(found, ", "), "); the job's schema says ",
                     schema.has_series() ? "series" : "token ids", " of (", absl::StrJoin(wanted, ", "), ")"));
  }
  const bool whole = array.type() != NpyType::kFloat32 && array.type() != NpyType::kFloat64;
  if (schema.has_series() || whole) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, " holds numbers with fractions; token ids are whole: save them as u1, <i2 or <i4"));
}

// Brings one row to what the model reads; nothing where that is done, else what is wrong with it.
const char* MakeSeries(const v1::Series& series, const v1::NpySource& source, absl::Span<double> row) {
  const double scale = source.scale() == 0 ? 1 : source.scale();
  for (double& number : row) {
    number = scale * number + source.offset();
    if (!std::isfinite(number)) return "its series holds a number that is not finite";
    if (number < series.min() || number > series.max()) {
      return "its series holds a number outside the schema's bounds (is the unit right? npy.scale and offset convert)";
    }
  }
  return nullptr;
}

const char* CheckIds(const v1::Text& text, absl::Span<const double> row) {
  bool any = false;
  for (const double number : row) {
    if (number < 0 || number > text.vocabulary()) {
      return "one of its token ids is below 0 (which is no token) or above the schema's vocabulary";
    }
    any |= number > 0;
  }
  return any ? nullptr : "it has no token";
}

}  // namespace

absl::StatusOr<JobData> LoadNpyNumbers(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::NpySource& source = request.mapping->npy();
  const v1::DataSchema& schema = *request.schema;
  ACCORD_ASSIGN_OR_RETURN(NpyFile array, NpyFile::Open(source.array(), request.max_bytes));
  ACCORD_RETURN_IF_ERROR(CheckNumbersShape(schema, array, source.array()));
  ACCORD_ASSIGN_OR_RETURN(const LabelTable labels, ReadLabels(request, source.labels(), {}, faults, report));
  if (faults.fatal()) return JobData();
  if (labels.num_rows != array.num_rows()) {
    faults.AddFatal(0, "", "the label table does not have as many rows as the array");
    return JobData();
  }
  RowStore store(schema, ValueKind::kNumbers);
  store.Reserve(labels.rows);
  std::vector<double> row(array.row_elements());
  for (size_t i = 0; i < labels.rows.size(); ++i) {
    const LabelRow& label = labels.rows[i];
    ACCORD_RETURN_IF_ERROR(array.Read(label.index, absl::MakeSpan(row)));
    const char* problem =
        schema.has_series() ? MakeSeries(schema.series(), source, absl::MakeSpan(row)) : CheckIds(schema.text(), row);
    if (problem != nullptr) {
      faults.AddBadRow(label.line, "", problem);
    } else {
      const absl::Span<float> out = store.AddNumbers(label.set, label.target);
      std::transform(row.begin(), row.end(), out.begin(), [](double number) { return static_cast<float>(number); });
    }
    if (request.progress) request.progress(i + 1, labels.rows.size());
  }
  return store.Finish(report);
}

}  // namespace accord
