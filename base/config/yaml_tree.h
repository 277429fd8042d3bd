// A YAML document as a plain tree with line numbers, within limits. All of yaml-cpp is behind this file.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/config/faults.h"
#include "base/config/yaml_reader.h"

namespace accord {

struct YamlEntry;

struct YamlNode {
  enum class Kind {
    kNothing,  // null: nothing, ~ or null
    kText,
    kList,
    kSection,
    kRefused,  // its fault has been told already
  };
  Kind kind = Kind::kNothing;
  int line = 0;        // from 1
  bool plain = false;  // text without quotes: may be meant as a number
  std::string text;
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  // in the order of the file; a key may come twice
};

struct YamlEntry {
  std::string key;
  int line = 0;
  YamlNode value;
};

// Parses the only document in `text`. Whatever is no YAML, beyond the limits or refused (yaml_reader.h) is added to
// `faults`; the tree then holds what was read before. An empty text is an empty section.
YamlNode ParseYamlTree(absl::string_view text, const YamlLimits& limits, FaultList& faults);

}  // namespace accord
