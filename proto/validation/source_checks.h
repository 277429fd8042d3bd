// The sources of a data set's mapping: their defaults, what must hold of each, and whose rows they are; for this
// folder's own sources.
#pragma once

#include <string>

#include "base/config/faults.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

void ApplySourceDefaults(v1::DatasetMapping& mapping, const FieldPlaces* places);
void CheckSource(const v1::DatasetMapping& mapping, FaultList& faults);
void CheckPersons(const v1::DatasetMapping& mapping, FaultList& faults);

// The source's field in the file: "csv".
std::string SourceField(const v1::DatasetMapping& mapping);
}  // namespace accord
