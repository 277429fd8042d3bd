#include "proto/validation/data_checks.h"

#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

// Values are held as 32-bit floats, and a regression's squared error is bounded by the square of the target's range.
constexpr double kLargestValue = 1e15;
constexpr double kMostValuesOfARow = 1 << 22;  // of a series
constexpr uint32_t kByteValues = 256;

void CheckRange(double min, double max, const std::string& path, FaultList& faults) {
  if (!(min < max)) {
    faults.Add(FieldPath(path, "max"),
               absl::StrCat("is ", NumberText(max), "; expected more than min, which is ", NumberText(min)));
  }
  for (const auto& [name, value] : {std::pair("min", min), std::pair("max", max)}) {
    if (std::fabs(value) > kLargestValue) {
      faults.Add(FieldPath(path, name), "is beyond 1e15 either way; choose a larger unit of measurement");
    }
  }
}

void CheckNumeric(const v1::Numeric& numeric, const std::string& path, FaultList& faults) {
  CheckRange(numeric.min(), numeric.max(), path, faults);
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

// A row's inputs are of one kind.
void CheckKind(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  const std::pair<const char*, bool> kinds[] = {{"features", data.features_size() > 0},
                                                {"image", data.has_image()},
                                                {"series", data.has_series()},
                                                {"text", data.has_text()}};
  const char* first = nullptr;
  for (const auto& [name, is_there] : kinds) {
    if (!is_there) continue;
    if (first != nullptr) {
      faults.Add(FieldPath(path, name), absl::StrCat("cannot stand beside ", first,
                                                     ": a row is a line of a table, an image, a series or a text"));
    }
    if (first == nullptr) first = name;
  }
  if (first == nullptr) {
    faults.Add(FieldPath(path, "features"),
               "is missing; list the input columns, or describe an image, a series or a text instead");
  }
}

void CheckSeries(const v1::Series& series, const std::string& path, FaultList& faults) {
  CheckDistinct(series.channels(), FieldPath(path, "channels"), "channel", faults);
  CheckRange(series.min(), series.max(), path, faults);
  if (double{1} * series.channels_size() * series.length() > kMostValuesOfARow) {
    faults.Add(FieldPath(path, "length"), absl::StrCat("is ", series.length(), ": with ", series.channels_size(),
                                                       " channels more than 4,194,304 values a row; cut the series"));
  }
}

void CheckText(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  const v1::Text& text = data.text();
  const bool ids = text.tokens() == v1::Text::IDS;
  if (ids != text.name().empty()) {
    faults.Add(FieldPath(path, "name"), ids ? "does nothing with ids, which lie in an array without names; remove it"
                                            : "is missing; name the column that holds the text");
  }
  if (!text.name().empty() && text.name() == data.target().name()) {
    faults.Add(FieldPath(path, "name"), "is the target's name too; a model must not be given its own answer");
  }
  if (text.tokens() == v1::Text::TOKENS_UNSPECIFIED) {
    faults.Add(FieldPath(path, "tokens"), "is missing; expected words, bytes or ids");
  }
  const bool bytes = text.tokens() == v1::Text::BYTES;
  if (bytes ? text.vocabulary() != kByteValues : text.vocabulary() < 2) {
    faults.Add(FieldPath(path, "vocabulary"),
               absl::StrCat("is ", text.vocabulary(), "; expected ", bytes ? "256 with bytes" : "at least 2"));
  }
  if (text.long_texts() == v1::Text::LONG_TEXTS_UNSPECIFIED) {
    faults.Add(FieldPath(path, "long_texts"), "is missing; expected refuse or cut");
  }
}

void CheckMaskTarget(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  CheckDistinct(data.target().mask().levels(), FieldPath(path, "mask.levels"), "level", faults);
  if (!data.has_image()) {
    faults.Add(FieldPath(path, "mask"), "gives a level to each pixel of an image; describe data.image");
  }
}

}  // namespace

void CheckDataSchema(const v1::DataSchema& data, const std::string& path, FaultList& faults) {
  CheckKind(data, path, faults);
  if (data.has_series()) CheckSeries(data.series(), FieldPath(path, "series"), faults);
  if (data.has_text()) CheckText(data, FieldPath(path, "text"), faults);
  CheckFeatures(data, path, faults);
  const std::string target_path = FieldPath(path, "target");
  if (data.target().has_numeric()) CheckNumeric(data.target().numeric(), FieldPath(target_path, "numeric"), faults);
  if (data.target().has_mask()) CheckMaskTarget(data, target_path, faults);
  if (data.target().has_survival()) CheckSurvival(data, target_path, faults);
  if (data.target().has_category()) {
    CheckDistinct(data.target().category().levels(), FieldPath(target_path, "category.levels"), "level", faults);
  }
}

}  // namespace accord
