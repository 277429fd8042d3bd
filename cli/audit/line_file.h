// A text file of any length, line by line, in bounded memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file.h"

namespace accord {

// Movable. Not thread-safe.
class LineFile {
 public:
  // No line may have more than `max_line_bytes` without its LF. NOT_FOUND: there is no such file.
  static absl::StatusOr<LineFile> Open(const std::string& path, size_t max_line_bytes);

  // The next line without its LF, in `line` until the next call; false at the end. OUT_OF_RANGE: a longer line than
  // allowed; DATA_LOSS: the file ends within a line; INTERNAL: it cannot be read.
  absl::StatusOr<bool> Next(absl::string_view& line);

 private:
  LineFile(std::string path, UniqueFd fd, size_t max_line_bytes);
  // Moves what is left to the front and reads on behind it. False at the file's end.
  absl::StatusOr<bool> Fill();

  std::string path_;
  UniqueFd fd_;
  size_t max_line_bytes_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;  // of what is in the buffer and not yet given out
};

}  // namespace accord
