// Reads a YAML file into a Protocol Buffers message, guided by the message's descriptor and by the rules that stand in
// the schema (base/config/rules.proto), and tells everything that is wrong with the file at once.
//
// Fields have their names of the schema; a section is a map, a repeated field a list, an enum value its name in lower
// case. A key that nobody knows, a key written twice, a value of the wrong type and two members of one choice are
// faults, as is whatever CheckRules finds. Of YAML, what a configuration does not need is refused: anchors and aliases
// (which can grow a small file without limit), tags, several documents, keys that are not plain text.
//
// The file may be hostile: size, nesting and number of values are limited, and no exception of yaml-cpp leaves.
// Thread-safe (no shared state).
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/config/faults.h"
#include "google/protobuf/message.h"

namespace accord {

struct YamlLimits {
  size_t max_bytes = size_t{1} << 20;
  int max_depth = 64;           // nested sections and lists
  size_t max_values = 200'000;  // scalars, sections and lists together
};

// Fills `message` from the file at `path`. INVALID_ARGUMENT lists every fault as "FILE:LINE: FIELD: what is wrong";
// NOT_FOUND and the like when the file cannot be read. `message` is then partly filled. `places`, where given, learns
// the line of every field, for checks across fields; defaults are not applied.
absl::Status ReadYamlFile(const std::string& path, google::protobuf::Message& message, FieldPlaces* places = nullptr);

// The same from text that is already in memory; `name` stands for the file in faults.
absl::Status ReadYamlText(absl::string_view text, const std::string& name, google::protobuf::Message& message,
                          FieldPlaces* places = nullptr, const YamlLimits& limits = {});

// The same for callers with further checks of their own: faults of the content go to `faults`, which should be built
// over `places` (itself made with the file's name). The status is that of reading the file; a missing or oversized file
// is no fault of its content.
absl::Status ReadYamlFile(const std::string& path, google::protobuf::Message& message, FieldPlaces& places,
                          FaultList& faults);
void ReadYamlText(absl::string_view text, google::protobuf::Message& message, FieldPlaces& places, FaultList& faults);

}  // namespace accord
