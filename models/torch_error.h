// The edge at which LibTorch's exceptions become absl::Status. For this room's own files.
#pragma once

#include <exception>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// Whether the library's own words may be passed on. A job's own code chooses the words of its errors, so wherever it
// has seen a site's rows they could carry values out.
enum class ErrorText { kShow, kWithhold };

// The status of an exception caught while doing `action` ("reading the TorchScript file"): RESOURCE_EXHAUSTED when
// memory ran out, else INVALID_ARGUMENT. One readable line, without LibTorch's stack trace.
absl::Status TorchError(absl::string_view action, const std::exception& error, ErrorText text);

// Runs `body` (which returns absl::Status) and turns whatever it throws into a status.
template <typename Body>
absl::Status CatchTorchErrors(absl::string_view action, ErrorText text, Body body) {
  static_assert(std::is_same_v<decltype(body()), absl::Status>);
  try {
    return body();
  } catch (const std::exception& error) {
    return TorchError(action, error, text);
  }
}

}  // namespace accord
