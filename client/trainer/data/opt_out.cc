#include "client/trainer/data/opt_out.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"
#include "base/utf8.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/data_file.h"

namespace accord {
namespace {

constexpr absl::string_view kUtf8Mark = "\xEF\xBB\xBF";

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// "1.234567e+06": how databases and spreadsheets write a number that they have rounded, or may have. With its sign: an
// identifier of a ward can be 7E4.
bool IsNumberWithExponent(absl::string_view text) {
  const size_t exponent = text.find_first_of("eE");
  if (exponent == absl::string_view::npos || exponent + 1 >= text.size()) return false;
  if (text[exponent + 1] != '+' && text[exponent + 1] != '-') return false;
  absl::string_view number = text.substr(0, exponent);
  absl::ConsumePrefix(&number, "-");
  const size_t point = number.find('.');
  const bool is_number =
      AllDigits(number.substr(0, point)) && (point == absl::string_view::npos || AllDigits(number.substr(point + 1)));
  return is_number && AllDigits(text.substr(exponent + 2));
}

// nullptr, or why the line is no identifier.
const char* ProblemOf(absl::string_view line) {
  if (line.find('\0') != absl::string_view::npos) return "a zero byte: this is no text file in UTF-8";
  if (!IsUtf8(line)) return "bytes that are not UTF-8: save the file as UTF-8";
  if (line.find_first_of(",;\t\"") != absl::string_view::npos) {
    return "a separator or a quotation mark: expected one identifier a line and nothing else";
  }
  if (IsNumberWithExponent(line)) return "a number with an exponent, which a spreadsheet has rounded";
  return line.size() > OptOutList::kMaxIdentifierBytes ? "longer than any identifier" : nullptr;
}

}  // namespace

std::string ComparablePersonId(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const size_t point = text.find('.');
  const absl::string_view whole = text.substr(0, point);
  if (!AllDigits(whole)) return std::string(text);
  if (point != absl::string_view::npos && text.find_first_not_of('0', point + 1) != absl::string_view::npos) {
    return std::string(text);
  }
  const size_t first = std::min(whole.find_first_not_of('0'), whole.size() - 1);
  return std::string(whole.substr(first));
}

absl::StatusOr<OptOutList> OptOutList::Read(const std::string& path, DataFaults& faults) {
  ACCORD_ASSIGN_OR_RETURN(const DataFile file, OpenDataFile(path, kMaxFileBytes));
  std::string text(file.size, '\0');
  ACCORD_RETURN_IF_ERROR(Annotate(ReadFully(file.fd.get(), text.data(), text.size(), 0), path));
  OptOutList list;
  uint64_t number = 0;
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, kUtf8Mark);
  for (absl::string_view line : absl::StrSplit(rest, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    if (const char* problem = ProblemOf(line)) {
      faults.AddListFault(number, problem);
    } else {
      list.persons_.insert(ComparablePersonId(line));
    }
  }
  return list;
}

absl::StatusOr<PersonFilter> PersonFilter::Create(const v1::DatasetMapping& mapping, const std::string& list,
                                                  DataFaults& faults) {
  PersonFilter filter;
  filter.column_ = mapping.person_id();
  for (const std::string& text : mapping.missing()) filter.missing_.Insert(text);
  if (list.empty() || mapping.no_persons()) return filter;
  if (filter.column_.empty() && !mapping.dicom().person_is_patient()) {
    return absl::FailedPreconditionError(
        "this site has an opt-out list, but the mapping does not say in which column a row's person stands: set "
        "person_id");
  }
  absl::StatusOr<OptOutList> read = OptOutList::Read(list, faults);
  if (!read.ok()) return Annotate(read.status(), "the opt-out list");
  filter.list_ = *std::move(read);
  if (mapping.dicom().person_is_patient()) {
    ACCORD_ASSIGN_OR_RETURN(filter.patient_, PatientOfFile::Open(mapping));
  }
  filter.applies_ = true;
  return filter;
}

void PersonFilter::Begin(absl::Span<const std::string> column_names, uint64_t line, DataFaults& faults) {
  if (patient_.has_value()) field_ = FieldOf(column_names, patient_->file_column(), line, faults);
  if (column_.empty()) return;
  field_ = FieldOf(column_names, column_, line, faults);
}

std::string PersonFilter::IdOf(const TableRow& row) {
  unknown_ = absl::OkStatus();
  if (patient_.has_value()) {
    const absl::StatusOr<std::string> id = patient_->IdOf(row.fields[field_]);
    if (id.ok()) return ComparablePersonId(*id);
    unknown_ = id.status();
    unknown_file_ = row.fields[field_];
    return "";
  }
  switch (row.KindOf(field_)) {
    case FieldKind::kText:
      return ComparablePersonId(row.fields[field_]);
    case FieldKind::kNumber:
      return ComparablePersonId(absl::StrFormat("%.17g", row.numbers[field_]));
    default:
      return "";
  }
}

PersonFilter::Verdict PersonFilter::Judge(const TableRow& row) {
  if (!applies_ || field_ >= row.fields.size()) return Verdict::kUse;
  std::string id = IdOf(row);
  if (id.empty() || missing_.Contains(id) || IsNumberWithExponent(id)) return Verdict::kUnknownPerson;
  if (!list_.Contains(id)) return Verdict::kUse;
  ++num_left_out_;
  found_.insert(std::move(id));
  return Verdict::kLeaveOut;
}

void PersonFilter::AddUnknownPerson(uint64_t line, DataFaults& faults) const {
  if (!unknown_.ok()) return faults.AddBadFile(line, unknown_file_, unknown_.message());
  faults.AddBadRow(line, column_, "does not say whose row it is, so nobody can tell whether that person opted out");
}

void PersonFilter::WriteTo(v1::DataReport& report) const {
  if (!applies_) return;
  report.set_opt_out_applied(true);
  report.set_opted_out_rows(num_left_out_);
  report.set_opted_out_persons(found_.size());
  report.set_opt_out_listed(list_.size());
  if (list_.size() > 0 && num_left_out_ == 0) {
    const std::string where = patient_.has_value() ? "the files" : absl::StrCat("column '", column_, "'");
    report.add_warnings(absl::StrCat("no row is of a person on the opt-out list: are the identifiers in ", where,
                                     " written as in the list?"));
  }
}

}  // namespace accord
