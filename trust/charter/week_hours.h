// Hours of the week in which a charter or a site's policy lets sites compute.
#pragma once

#include <bitset>
#include <string>

#include "absl/time/time.h"
#include "base/config/faults.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

// From Monday's first minute on.
using WeekMinutes = std::bitset<size_t{7} * 24 * 60>;

// Adds a fault for each entry that ends before it begins, or names a day twice. Expects single fields to be checked.
void CheckHours(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours, FaultList& faults);

// Without entries always. An entry holds from its first minute up to, and without, the minute `until`.
bool IsOpen(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours, absl::Time now, absl::TimeZone zone);

// The minutes in which IsOpen holds; without entries all. Expects what CheckHours has no fault to find in.
WeekMinutes OpenMinutes(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours);
// Entries that open these minutes and no other, days with the same hours together. For all minutes, and for none, no
// entries.
google::protobuf::RepeatedPtrField<v1::OpenHours> HoursOf(const WeekMinutes& minutes);
// "Monday, Tuesday 08:00 to 18:00; Sunday 00:00 to 06:00"; without entries "always".
std::string HoursInWords(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours);

}  // namespace accord
