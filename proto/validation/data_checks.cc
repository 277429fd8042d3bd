#include "proto/validation/data_checks.h"

#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

// Values are held as 32-bit floats, and a regression's squared error is bounded by the square of the target's range.
constexpr double kLargestValue = 1e15;

void CheckNumeric(const v1::Numeric& numeric, const std::string& path, FaultList& faults) {
  if (!(numeric.min() < numeric.max())) {
    faults.Add(FieldPath(path, "max"), absl::StrCat("is ", NumberText(numeric.max()),
                                                    "; expected more than min, which is ", NumberText(numeric.min())));
  }
  for (const auto& [name, value] : {std::pair("min", numeric.min()), std::pair("max", numeric.max())}) {
    if (std::fabs(value) > kLargestValue) {
      faults.Add(FieldPath(path, name), "is beyond 1e15 either way; choose a larger unit of measurement");
    }
  }
}

void CheckFeatures(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  absl::flat_hash_map<std::string, int> first_of;
  for (int i = 0; i < data.features_size(); ++i) {
    const v1::Feature& feature = data.features(i);
    const std::string feature_path = ItemPath(FieldPath(path, "features"), i);
    if (const auto [first, is_new] = first_of.try_emplace(feature.name(), i); !is_new) {
      faults.Add(FieldPath(feature_path, "name"),
                 absl::StrCat("is ", QuoteForFault(feature.name()), ", as features[", first->second,
                              "] already is; give every column its own name"));
    }
    if (feature.name() == data.target().name()) {
      faults.Add(FieldPath(feature_path, "name"), "is the target's name too; a model must not be given its own answer");
    }
    if (feature.has_numeric()) CheckNumeric(feature.numeric(), FieldPath(feature_path, "numeric"), faults);
    if (feature.has_category()) {
      CheckDistinct(feature.category().levels(), FieldPath(feature_path, "category.levels"), "level", faults);
    }
  }
}

void CheckSurvival(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  const v1::Survival& survival = data.target().survival();
  const std::string event_path = FieldPath(path, "survival.event");
  const std::string& event = survival.event().name();
  bool taken = event == data.target().name();
  for (const v1::Feature& feature : data.features()) taken |= event == feature.name();
  if (taken) {
    faults.Add(FieldPath(event_path, "name"),
               absl::StrCat("is ", QuoteForFault(event), ", as another column is; expected the event's own column"));
  }
  const v1::Category& levels = survival.event().category();
  CheckDistinct(levels.levels(), FieldPath(event_path, "category.levels"), "level", faults);
  if (levels.levels_size() != 2) {
    faults.Add(FieldPath(event_path, "category.levels"),
               absl::StrCat("has ", levels.levels_size(), " items; expected 2: censored, and happened"));
  }
  if (survival.max() > kLargestValue) {
    faults.Add(FieldPath(path, "survival.max"), "is beyond 1e15; choose a larger unit of time");
  }
}

}  // namespace

void CheckDataSchema(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  if (data.has_image() && data.features_size() > 0) {
    faults.Add(FieldPath(path, "image"), "cannot stand beside features: a row is either a line of a table or an image");
  }
  if (!data.has_image() && data.features_size() == 0) {
    faults.Add(FieldPath(path, "features"), "is missing; list the input columns, or describe an image instead");
  }
  CheckFeatures(data, path, faults);
  const std::string target_path = FieldPath(path, "target");
  if (data.target().has_numeric()) CheckNumeric(data.target().numeric(), FieldPath(target_path, "numeric"), faults);
  if (data.target().has_survival()) CheckSurvival(data, target_path, faults);
  if (data.target().has_category()) {
    CheckDistinct(data.target().category().levels(), FieldPath(target_path, "category.levels"), "level", faults);
  }
}

}  // namespace accord
