// Checks of single values that jobs and configuration files share; for this folder's own sources.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/config/faults.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace accord {

// LibTorch alone maps about 900 MiB with two threads; with less address space it does not fail, it hangs.
inline constexpr uint32_t kMinMemoryMib = 1024;

// For limits whose 0 stands for a default: once defaults are applied, 0 is a fault.
void CheckAtLeast(uint64_t value, uint64_t least, absl::string_view path, FaultList& faults);

// Adds a fault for each text that is empty or was there before; `what` as in "level", "site".
void CheckDistinct(const google::protobuf::RepeatedPtrField<std::string>& texts, const std::string& path,
                   absl::string_view what, FaultList& faults);

}  // namespace accord
