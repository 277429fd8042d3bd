#include "trust/charter/loosened_floor.h"

#include "absl/strings/str_cat.h"

namespace accord {

absl::string_view PathOfRule(v1::Rule rule) {
  switch (rule) {
    case v1::RULE_MIN_SITES:
      return "floors.min_sites";
    case v1::RULE_MIN_ORGANISATIONS:
      return "floors.min_organisations";
    case v1::RULE_MIN_COLLUDING_ORGANISATIONS:
      return "floors.min_colluding_organisations";
    case v1::RULE_SECURE_SUM:
      return "floors.secure_sum";
    case v1::RULE_MINIMUM_CELL:
      return "floors.minimum_cell";
    case v1::RULE_MIN_ROWS:
      return "floors.min_rows";
    case v1::RULE_HOURS:
      return "hours";
    default:
      return "";
  }
}

std::optional<uint32_t> FloorOfRule(const v1::CharterFloors& floors, v1::Rule rule) {
  switch (rule) {
    case v1::RULE_MIN_SITES:
      return floors.min_sites();
    case v1::RULE_MIN_ORGANISATIONS:
      return floors.min_organisations();
    case v1::RULE_MIN_COLLUDING_ORGANISATIONS:
      return floors.min_colluding_organisations();
    case v1::RULE_MINIMUM_CELL:
      return floors.minimum_cell();
    case v1::RULE_MIN_ROWS:
      return floors.min_rows();
    default:
      return std::nullopt;
  }
}

void LowerFloor(v1::Rule rule, uint32_t least, v1::CharterFloors& floors) {
  switch (rule) {
    case v1::RULE_MIN_SITES:
      return floors.set_min_sites(least);
    case v1::RULE_MIN_ORGANISATIONS:
      return floors.set_min_organisations(least);
    case v1::RULE_MIN_COLLUDING_ORGANISATIONS:
      return floors.set_min_colluding_organisations(least);
    case v1::RULE_SECURE_SUM:
      return floors.set_secure_sum(false);
    case v1::RULE_MINIMUM_CELL:
      return floors.set_minimum_cell(least);
    case v1::RULE_MIN_ROWS:
      return floors.set_min_rows(least);
    default:
      return;
  }
}

void CheckLoosenedFloor(const v1::CharterFloors& floors, const v1::Loosening& entry, const std::string& path,
                        FaultList& faults) {
  const std::string least = FieldPath(path, "least");
  const std::optional<uint32_t> floor = FloorOfRule(floors, entry.rule());
  if (!floor.has_value()) {
    if (entry.least() != 0) faults.Add(least, "is of no meaning for a rule that is no number; remove it");
    if (entry.rule() == v1::RULE_SECURE_SUM && !floors.secure_sum()) {
      faults.Add(path, "loosens floors.secure_sum, which is false already; remove it");
    }
    return;
  }
  const bool about_members = entry.rule() == v1::RULE_MIN_SITES || entry.rule() == v1::RULE_MIN_ORGANISATIONS;
  const uint32_t lowest = about_members ? 2 : entry.rule() == v1::RULE_MIN_COLLUDING_ORGANISATIONS ? 0 : 1;
  if (entry.least() < lowest || entry.least() >= *floor) {
    faults.Add(least, absl::StrCat("is ", entry.least(), "; expected at least ", lowest, " and less than ",
                                   PathOfRule(entry.rule()), ", which is ", *floor));
  }
}

}  // namespace accord
