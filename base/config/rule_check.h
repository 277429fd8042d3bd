// Holds a message against the rules of its schema (base/config/rules.proto), wherever it came from.
#pragma once

#include "base/config/faults.h"
#include "google/protobuf/message.h"

namespace accord {

// Adds a fault for each field that breaks its rules: missing, out of range, not a finite number, too long, not of the
// pattern, too few or too many items, no member of a required choice, an enum value that nobody knows.
//
// With places (faults.places()), "missing" means: not written. Without, a number counts as present; text, lists and
// sections must not be empty. A number that is 0 and neither required nor written stands for its default and is not
// checked.
void CheckRules(const google::protobuf::Message& message, FaultList& faults);

// Adds a fault for each field, however deep, that the schema does not know: bytes from a peer that is newer, or lies.
void CheckNoUnknownFields(const google::protobuf::Message& message, FaultList& faults);

}  // namespace accord
