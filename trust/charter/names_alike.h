// Names that a person could take for one another.
//
// A charter counts distinct organisations and lists people with their rights. Who can slip in "Cleveland Сlinic" with a
// Cyrillic С has a second organisation, or a second person, that everybody reads as the first. This is no complete
// table of look-alikes (UTS 39 has thousands): it covers the letters of the Latin, Greek and Cyrillic scripts, digits
// and full-width forms. What it does not know, people judge who sign.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// For a name that CheckDisplayName takes. INVALID_ARGUMENT: a word of it has letters of two of the scripts Latin, Greek
// and Cyrillic, or a combining mark (write the composed letter).
absl::Status CheckOneScript(absl::string_view name);

// Equal for names that look alike: without case, spaces and punctuation, with 0 as o, 1 and I as l, rn as m, and
// letters of the other scripts as the Latin ones that look like them. For comparing alone, never shown.
std::string LookAlikeKey(absl::string_view name);

}  // namespace accord
