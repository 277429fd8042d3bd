// Hours of the week in which a charter or a site's policy lets sites compute.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/config/faults.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

// Adds a fault for each entry that ends before it begins, or names a day twice. Expects single fields to be checked.
void CheckHours(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours, FaultList& faults);

// Without entries always. An entry holds from its first minute up to, and without, the minute `until`.
bool IsOpen(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours, absl::Time now, absl::TimeZone zone);

}  // namespace accord
