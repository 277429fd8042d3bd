// The lines of a roster (roster.h has the format), read and written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/roster/roster.h"

namespace accord {

// Reads bytes of either format once. They must outlive it, as must what it fills in.
class RosterLines {
 public:
  RosterLines(absl::string_view bytes, RosterTerms& terms, std::vector<RosterSite>& sites)
      : rest_(bytes), terms_(terms), sites_(sites) {}

  // INVALID_ARGUMENT with the number of the line for whatever is not a roster.
  absl::Status Read();
  // The same of lines of people alone.
  absl::Status ReadPeople();

 private:
  absl::Status CheckWhole() const;
  absl::Status ReadFirstFormat();
  absl::Status ReadSecondFormat();
  absl::Status ReadFederation();
  absl::Status ReadHead();
  absl::Status CheckQuorum() const;
  absl::Status AddOrganisation(absl::string_view name);
  absl::Status AddSite(absl::string_view line);
  absl::Status AddPerson(absl::string_view line);
  absl::Status AddRevoked(absl::string_view line);
  // That the key is nobody else's.
  absl::Status TakeKey(absl::string_view public_key_der, const std::string& owner);
  absl::Status CheckMember(absl::string_view organisation) const;

  bool NextIs(absl::string_view prefix) const;
  // The next line without its LF.
  absl::string_view TakeLine();
  // What stands behind `prefix` on the next line; INVALID_ARGUMENT: it is another one.
  absl::StatusOr<absl::string_view> TakeValue(absl::string_view prefix);
  absl::StatusOr<uint32_t> TakeNumber(absl::string_view prefix);
  absl::Status Annotated(const absl::Status& status) const;  // with the line that was read last

  absl::string_view rest_;
  int line_ = 0;
  RosterTerms& terms_;
  std::vector<RosterSite>& sites_;
  absl::flat_hash_map<std::string, std::string> owners_;  // of keys
  absl::flat_hash_map<std::string, std::string> alike_;   // organisations, by how they look
};

// Of a text that has lines of people alone, by ascending bytes of the id. INVALID_ARGUMENT: it is none.
absl::StatusOr<std::vector<RosterPerson>> ReadPeople(absl::string_view text);
std::string WriteFirstFormat(absl::string_view federation, std::vector<RosterEntry> entries);
std::string WriteSecondFormat(RosterTerms terms);

}  // namespace accord
