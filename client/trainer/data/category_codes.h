// How the texts of a data file become levels and missing values. Texts are compared as texts first and, where both
// parse, as numbers, so that 1 in the mapping matches 1.0 in the file.
#pragma once

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// A finite decimal number with nothing around it.
std::optional<double> ParseNumber(absl::string_view text);

// A set of texts.
class TextSet {
 public:
  void Insert(const std::string& text);
  bool Contains(absl::string_view text) const;
  bool ContainsNumber(double number) const { return numbers_.contains(number); }

 private:
  absl::flat_hash_set<std::string> texts_;
  absl::flat_hash_set<double> numbers_;
};

// Codes of one category.
class CategoryCodes {
 public:
  // Codes as the mapping gives them; a category without codes in the mapping has its level names as codes.
  CategoryCodes(const v1::Category& category, const v1::ColumnMapping* mapping);
  // Index of the level, or nothing for an undeclared one.
  std::optional<int> LevelOf(absl::string_view text) const;
  std::optional<int> LevelOfNumber(double number) const;

 private:
  void Add(const std::string& code, int level);
  absl::flat_hash_map<std::string, int> texts_;
  absl::flat_hash_map<double, int> numbers_;
};

}  // namespace accord
