// The rules of a charter that are numbers, as numbers: for checking how far one may be loosened, and for judging a job
// by what was loosened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/config/faults.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

// Path of the rule in the charter: "floors.min_sites".
absl::string_view PathOfRule(v1::Rule rule);
// The charter's number; nullopt for rules that are none (secure_sum, hours).
std::optional<uint32_t> FloorOfRule(const v1::CharterFloors& floors, v1::Rule rule);
// Lowers the number, or takes the rule away where it is none.
void LowerFloor(v1::Rule rule, uint32_t least, v1::CharterFloors& floors);

// Adds a fault where the entry loosens nothing.
void CheckLoosenedFloor(const v1::CharterFloors& floors, const v1::Loosening& entry, const std::string& path,
                        FaultList& faults);

}  // namespace accord
