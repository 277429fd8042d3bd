#include "client/trainer/data/byte_levels.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/trainer/data/category_codes.h"

namespace accord {

ByteLevels LevelsOfBytes(const std::string& name, const v1::Category& category, const v1::DatasetMapping& mapping) {
  const v1::ColumnMapping* column = nullptr;
  for (const v1::ColumnMapping& candidate : mapping.columns()) {
    if (candidate.name() == name && candidate.codes_size() > 0) column = &candidate;
  }
  const auto& levels = category.levels();
  const bool numbered = column != nullptr || std::all_of(levels.begin(), levels.end(), [](const std::string& level) {
                          return ParseNumber(level).has_value();
                        });
  const CategoryCodes codes(category, column);
  ByteLevels result;
  for (size_t byte = 0; byte < result.size(); ++byte) {
    if (numbered) {
      result[byte] = codes.LevelOf(absl::StrCat(byte));
    } else if (byte < static_cast<size_t>(levels.size())) {
      result[byte] = static_cast<int>(byte);
    }
  }
  return result;
}

ByteLevels LevelsOfPixels(const v1::Target& target, const v1::DatasetMapping& mapping) {
  v1::Category category;
  *category.mutable_levels() = target.mask().levels();
  return LevelsOfBytes(target.name(), category, mapping);
}

}  // namespace accord
