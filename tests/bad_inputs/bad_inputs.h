// Inputs that must be refused, one a file in tests/bad_inputs/KIND, each with what the message must say in its first
// line.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"

namespace accord {

struct BadInput {
  std::string name;      // of the file
  std::string expected;  // part of the message
  std::string content;   // without the first line
};

// By name. `mark`: what stands before the expected words.
inline std::vector<BadInput> BadInputs(const std::string& kind, const std::string& mark) {
  std::vector<BadInput> inputs;
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat(ACCORD_SOURCE_DIR, "/tests/bad_inputs/", kind))) {
    const std::string text = ReadFile(entry.path().string()).value_or("");
    const size_t end = text.find('\n');
    absl::string_view first = absl::string_view(text).substr(0, end);
    EXPECT_TRUE(absl::ConsumePrefix(&first, mark)) << entry.path();
    inputs.push_back(
        {entry.path().filename().string(), std::string(first), end == std::string::npos ? "" : text.substr(end + 1)});
  }
  std::sort(inputs.begin(), inputs.end(), [](const BadInput& a, const BadInput& b) { return a.name < b.name; });
  return inputs;
}

}  // namespace accord
