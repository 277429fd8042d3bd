// Rows of persons who opted out are left out before anything else looks at them.
//
// Fails closed: a list that cannot be read whole, a data set without the column that says whose a row is, and a row
// that does not say it are faults, never rows that are used all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/trainer/data/category_codes.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/patient_of_file.h"
#include "client/trainer/data/table_row.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// The form in which identifiers are compared: without blanks around it and, where it is a whole number, without leading
// zeros and ".0", so that 007, 7 and 7.0 are one person. Of any length; nothing is rounded. What was rounded before it
// came here (1.234567e+06) names nobody: such a row is one of an unknown person, such a line of the list a fault.
std::string ComparablePersonId(absl::string_view text);

// The persons of an opt-out list: a text file in UTF-8, one identifier a line; blank lines count for nothing.
class OptOutList {
 public:
  static constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;
  static constexpr size_t kMaxIdentifierBytes = 1024;

  // NOT_FOUND and the like when it cannot be opened. Each line that is no identifier is a fatal fault in `faults`, told
  // by its number: bytes that are no text, and separators or quotation marks, which show that the file is a table.
  static absl::StatusOr<OptOutList> Read(const std::string& path, DataFaults& faults);

  bool Contains(const std::string& comparable_id) const { return persons_.contains(comparable_id); }
  size_t size() const { return persons_.size(); }

 private:
  absl::flat_hash_set<std::string> persons_;
};

// Says of each row of a table whether its person opted out. Not thread-safe.
class PersonFilter {
 public:
  enum class Verdict { kUse, kLeaveOut, kUnknownPerson };

  // `list`: path of the opt-out list; empty where the site has none. FAILED_PRECONDITION when there is a list but the
  // mapping says neither person_id (or dicom.person_is_patient) nor no_persons; the list's own faults go to `faults`.
  static absl::StatusOr<PersonFilter> Create(const v1::DatasetMapping& mapping, const std::string& list,
                                             DataFaults& faults);

  // Before the first row. A fatal fault where the mapping's column, or that of the files, is not there, or there twice.
  void Begin(absl::Span<const std::string> column_names, uint64_t line, DataFaults& faults);
  // A row too short to have the column is for its reader to refuse: kUse.
  Verdict Judge(const TableRow& row);
  // The fault of kUnknownPerson, of the row that was judged last.
  void AddUnknownPerson(uint64_t line, DataFaults& faults) const;

  // How many rows of how many persons were left out, for the operator.
  void WriteTo(v1::DataReport& report) const;

 private:
  PersonFilter() = default;
  // Empty where the row does not say it.
  std::string IdOf(const TableRow& row);

  std::string column_;
  size_t field_ = 0;
  bool applies_ = false;
  std::optional<PatientOfFile> patient_;  // instead of the column
  absl::Status unknown_;                  // why the file of the row that was judged last does not say whose it is
  std::string unknown_file_;
  TextSet missing_;
  OptOutList list_;
  absl::flat_hash_set<std::string> found_;
  uint64_t num_left_out_ = 0;
};

}  // namespace accord
