#include "client/trainer/data/category_codes.h"

#include <cmath>

#include "absl/strings/numbers.h"

namespace accord {

std::optional<double> ParseNumber(absl::string_view text) {
  double value;
  // Hexadecimal numbers parse too, but in a data file they are somebody's code.
  if (text.find('x') != absl::string_view::npos || text.find('X') != absl::string_view::npos) return std::nullopt;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) return std::nullopt;
  return value == 0 ? 0.0 : value;  // -0 and 0 are the same code
}

void TextSet::Insert(const std::string& text) {
  texts_.insert(text);
  if (const std::optional<double> number = ParseNumber(text)) numbers_.insert(*number);
}

bool TextSet::Contains(absl::string_view text) const {
  if (texts_.contains(text)) return true;
  if (numbers_.empty()) return false;
  const std::optional<double> number = ParseNumber(text);
  return number.has_value() && numbers_.contains(*number);
}

CategoryCodes::CategoryCodes(const v1::Category& category, const v1::ColumnMapping* mapping) {
  if (mapping == nullptr || mapping->codes().empty()) {
    for (int level = 0; level < category.levels_size(); ++level) Add(category.levels(level), level);
    return;
  }
  for (const v1::Code& code : mapping->codes()) {
    for (int level = 0; level < category.levels_size(); ++level) {
      if (category.levels(level) == code.level()) Add(code.code(), level);
    }
  }
}

void CategoryCodes::Add(const std::string& code, int level) {
  texts_.emplace(code, level);
  if (const std::optional<double> number = ParseNumber(code)) numbers_.emplace(*number, level);
}

std::optional<int> CategoryCodes::LevelOf(absl::string_view text) const {
  if (const auto found = texts_.find(text); found != texts_.end()) return found->second;
  if (numbers_.empty()) return std::nullopt;
  const std::optional<double> number = ParseNumber(text);
  return number.has_value() ? LevelOfNumber(*number) : std::nullopt;
}

std::optional<int> CategoryCodes::LevelOfNumber(double number) const {
  const auto found = numbers_.find(number);
  return found == numbers_.end() ? std::nullopt : std::optional<int>(found->second);
}

}  // namespace accord
