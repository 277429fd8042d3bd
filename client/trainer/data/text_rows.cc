#include "client/trainer/data/text_rows.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/category_codes.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/row_store.h"
#include "client/trainer/data/tokens.h"

namespace accord {
namespace {

class TextContent : public RowContent {
 public:
  explicit TextContent(const DataRequest& request)
      : schema_(request.schema->text()), column_(schema_.name()), store_(*request.schema, ValueKind::kNumbers) {
    for (const std::string& text : request.mapping->missing()) missing_.Insert(text);
    for (const v1::ColumnMapping& mapped : request.mapping->columns()) {
      if (mapped.name() != schema_.name()) continue;
      if (!mapped.column().empty()) column_ = mapped.column();
      for (const std::string& text : mapped.missing()) missing_.Insert(text);
    }
  }

  void Begin(absl::Span<const std::string> names, uint64_t line, DataFaults& faults) override {
    field_ = FieldOf(names, column_, line, faults);
  }
  void Take(const TableRow& row, const LabelRow& label, DataFaults& faults) override {
    const FieldKind kind = row.KindOf(field_);
    const std::string& text = row.fields[field_];
    if (kind == FieldKind::kNull || (kind == FieldKind::kText && missing_.Contains(text))) {
      ++num_missing_;
      return;
    }
    if (kind != FieldKind::kText) {
      const char* problem = ProblemOf(kind);
      return faults.AddBadRow(row.line, column_, problem == nullptr ? "a number; expected text" : problem);
    }
    const std::vector<uint32_t> tokens = TokensOf(schema_, text);
    if (tokens.empty()) return faults.AddBadRow(row.line, column_, "a text without any word");
    const bool is_long = tokens.size() > schema_.length();
    if (is_long && schema_.long_texts() != v1::Text::CUT) {
      return faults.AddBadRow(row.line, column_,
                              absl::StrCat("more than the ", schema_.length(), " tokens that the job reads of a text"));
    }
    num_cut_ += is_long ? 1 : 0;
    const absl::Span<float> out = store_.AddNumbers(label.set, label.target);
    const size_t count = std::min(tokens.size(), out.size());
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(tokens[i]);
  }
  JobData Finish(v1::DataReport& report) {
    v1::ColumnReport& column = *report.add_columns();
    column.set_name(schema_.name());
    column.set_missing(num_missing_);
    if (num_missing_ > 0) {
      report.add_warnings(absl::StrCat(num_missing_, " rows have no '", schema_.name(), "' and are left out"));
    }
    if (num_cut_ > 0) {
      report.add_warnings(
          absl::StrCat(num_cut_, " texts are longer than ", schema_.length(), " tokens: only those are read"));
    }
    return store_.Finish(report);
  }

 private:
  const v1::Text& schema_;
  std::string column_;  // in the header
  TextSet missing_;
  size_t field_ = 0;
  uint64_t num_missing_ = 0;
  uint64_t num_cut_ = 0;
  RowStore store_;
};

}  // namespace

absl::StatusOr<JobData> LoadTexts(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  TextContent content(request);
  ACCORD_RETURN_IF_ERROR(ReadContent(request, content, faults, report));
  return content.Finish(report);
}

}  // namespace accord
