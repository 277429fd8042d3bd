// Protocol Buffers messages as JSON, for the --json output of the commands and for browsers.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace accord {

enum class JsonLayout {
  kOneLine,
  kIndented,
};

// Field names as in the schema, fields with default values included, enum values by name; 64-bit integers are JSON
// strings and NaN is "NaN" (proto3 JSON mapping). INVALID_ARGUMENT when text in the message is not UTF-8.
absl::StatusOr<std::string> MessageToJson(const google::protobuf::Message& message,
                                          JsonLayout layout = JsonLayout::kIndented);

}  // namespace accord
