// An input as a file, for parsers that open a path.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {

// In memory, under /proc/self/fd, as long as the object lives.
class InputFile {
 public:
  explicit InputFile(absl::string_view content) : fd_(MakeMemoryFile("accord-fuzz", 0).value()) {
    Require(WriteFully(fd_.get(), content.data(), content.size(), 0).ok(), "memory can be had");
  }
  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_.get()); }

 private:
  UniqueFd fd_;
};

}  // namespace accord::fuzz
