#include "cli/local_federation/log_lines.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace accord {

std::string ReadableLog(absl::string_view tail) {
  const std::vector<absl::string_view> lines = absl::StrSplit(tail, '\n', absl::SkipEmpty());
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto entry = nlohmann::json::parse(lines[i].begin(), lines[i].end(), nullptr, /*allow_exceptions=*/false);
    if (entry.is_object() && entry.contains("level") && entry["level"].is_string() && entry.contains("message") &&
        entry["message"].is_string()) {
      absl::StrAppend(&text, "  ", entry["level"].get<std::string>(), ": ", entry["message"].get<std::string>(), "\n");
      continue;
    }
    const bool is_rest_of_json = i == 0 && lines.size() > 1 && absl::EndsWith(lines[i], "\"}");
    if (!is_rest_of_json) absl::StrAppend(&text, "  ", lines[i], "\n");
  }
  return text;
}

}  // namespace accord
