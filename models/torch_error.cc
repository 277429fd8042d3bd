#include "models/torch_error.h"

#include <c10/util/Exception.h>

#include <new>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace accord {
namespace {

constexpr size_t kMaxShownCharacters = 300;

// LibTorch's first line says what was wrong, except for errors inside TorchScript code, which end with it.
std::string ReadableLine(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipWhitespace());
  if (lines.empty()) return "unknown error";
  std::string line = lines.front();
  if (absl::StrContains(text, "Traceback of TorchScript")) line = lines.back();
  line = std::string(absl::StripAsciiWhitespace(line));
  if (line.size() > kMaxShownCharacters) line = line.substr(0, kMaxShownCharacters) + "...";
  for (char& c : line) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return line;
}

bool IsOutOfMemory(const std::exception& error, const std::string& text) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr || absl::StrContains(text, "can't allocate memory") ||
         absl::StrContains(text, "not enough memory") || absl::StrContains(text, "CUDA out of memory");
}

}  // namespace

absl::Status TorchError(absl::string_view action, const std::exception& error, ErrorText text) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string words = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  if (IsOutOfMemory(error, words)) {
    return absl::ResourceExhaustedError(absl::StrCat(action,
                                                     ": out of memory; use a smaller model or batch, or raise "
                                                     "compute.memory_mib (on a GPU its own memory is the limit)"));
  }
  if (text == ErrorText::kWithhold) {
    return absl::InvalidArgumentError(
        absl::StrCat(action,
                     ": LibTorch reported an error (its text is withheld because it may quote rows); the same "
                     "model on synthetic rows shows it"));
  }
  return absl::InvalidArgumentError(absl::StrCat(action, ": ", ReadableLine(words)));
}

}  // namespace accord
