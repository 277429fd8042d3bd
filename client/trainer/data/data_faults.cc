#include "client/trainer/data/data_faults.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace accord {

// nullptr when enough are listed.
v1::DataFault* DataFaults::Add(uint64_t line, absl::string_view column, absl::string_view problem) {
  ++num_faults_;
  if (listed_.size() >= kMaxListed) return nullptr;
  v1::DataFault& fault = *listed_.Add();
  fault.set_line(line);
  fault.set_column(column.data(), column.size());
  fault.set_problem(problem.data(), problem.size());
  fault.set_place(place_);
  return &fault;
}

void DataFaults::AddBadRow(uint64_t line, absl::string_view column, absl::string_view problem) {
  Add(line, column, problem);
}

void DataFaults::AddBadFile(uint64_t line, absl::string_view file, absl::string_view problem) {
  v1::DataFault* fault = Add(line, "", problem);
  if (fault != nullptr) fault->set_file(file.data(), file.size());
}

void DataFaults::AddListFault(uint64_t line, absl::string_view problem) {
  fatal_ = true;
  v1::DataFault* fault = Add(line, "", problem);
  if (fault != nullptr) fault->set_place(v1::DataFault::OPT_OUT_LIST);
}

void DataFaults::AddFatal(uint64_t line, absl::string_view column, absl::string_view problem) {
  fatal_ = true;
  Add(line, column, problem);
}

std::string DataFaults::First() const {
  if (listed_.empty()) return "";
  const v1::DataFault& fault = listed_.Get(0);
  if (fault.place() == v1::DataFault::OPT_OUT_LIST) return absl::StrCat("the opt-out list: ", fault.problem());
  std::string place;
  if (fault.line() > 0) absl::StrAppend(&place, place_ == v1::DataFault::ROW ? "row " : "line ", fault.line());
  if (!fault.column().empty()) absl::StrAppend(&place, place.empty() ? "" : ", ", "column '", fault.column(), "'");
  return place.empty() ? fault.problem() : absl::StrCat(place, ": ", fault.problem());
}

void DataFaults::WriteTo(v1::DataReport& report) const {
  *report.mutable_faults() = listed_;
  report.set_num_faults(num_faults_);
  for (const std::string& warning : warnings_) report.add_warnings(warning);
}

}  // namespace accord
