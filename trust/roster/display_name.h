// Names of organisations and federations, as people read them before they sign.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

inline constexpr size_t kMaxDisplayNameBytes = 128;

// 1 to 128 bytes of UTF-8 that read on every screen as what they are: no control or formatting characters (which could
// reorder or hide text), no '|' (which parts the fields of a roster's line), no spaces but U+0020, and of these none at
// an end and no two together. INVALID_ARGUMENT says what is wrong and never repeats the name.
//
// Two names that look alike may still differ (letters of another script): who signs a roster judges that.
absl::Status CheckDisplayName(absl::string_view name);

}  // namespace accord
