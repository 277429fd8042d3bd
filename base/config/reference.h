// The reference of a configuration file, printed from the schema and its rules so that it cannot disagree with them.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace accord {

// Every field as a nested Markdown list that has the shape of the YAML file:
//   - `name`: text, required. Short name, shown everywhere. Example: `heart-risk`.
// Fields that are not written by people (rule not_from_file) are left out. Ends with a line feed.
std::string ConfigReference(const google::protobuf::Descriptor& message);

}  // namespace accord
