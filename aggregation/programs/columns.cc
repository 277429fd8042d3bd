#include "aggregation/programs/columns.h"

#include "absl/strings/str_cat.h"
#include "proto/validation/data_kinds.h"

namespace accord {

std::vector<InputColumn> InputColumns(const v1::DataSchema& schema) {
  std::vector<InputColumn> columns;
  if (!IsTable(schema)) return columns;
  for (int f = 0; f < schema.features_size(); ++f) {
    const v1::Feature& feature = schema.features(f);
    if (feature.has_numeric()) {
      columns.push_back({.name = feature.name(),
                         .feature = f,
                         .level = -1,
                         .min = feature.numeric().min(),
                         .max = feature.numeric().max()});
      continue;
    }
    for (int level = 1; level < feature.category().levels_size(); ++level) {
      columns.push_back({.name = absl::StrCat(feature.name(), "=", feature.category().levels(level)),
                         .feature = f,
                         .level = level,
                         .min = 0,
                         .max = 1});
    }
  }
  return columns;
}

Task TaskOf(const v1::JobSpec& spec) {
  if (spec.model().has_drill()) return Task::kNone;
  const v1::Target& target = spec.data().target();
  if (target.has_numeric()) return Task::kRegression;
  if (target.has_survival()) return Task::kSurvival;
  if (target.has_mask()) return Task::kSegmentation;
  return target.category().levels_size() > 2 ? Task::kMulticlass : Task::kBinary;
}

uint32_t NumClasses(const v1::JobSpec& spec) {
  switch (TaskOf(spec)) {
    case Task::kNone:
      return 0;
    case Task::kRegression:
    case Task::kSurvival:
      return 1;
    case Task::kBinary:
      return 2;
    case Task::kSegmentation:
      return static_cast<uint32_t>(spec.data().target().mask().levels_size());
    case Task::kMulticlass:
      break;
  }
  return static_cast<uint32_t>(spec.data().target().category().levels_size());
}

}  // namespace accord
