// Files below one folder, by names that somebody else wrote.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

// Movable.
class FolderFiles {
 public:
  static absl::StatusOr<FolderFiles> Open(const std::string& path);

  // The whole file. `name`: a path below the folder with / between folders. A name that could lead out of the folder, a
  // symbolic link anywhere on the way, and whatever is no regular file are refused. INVALID_ARGUMENT in words that suit
  // behind the name: "is a symbolic link, ...".
  absl::StatusOr<std::string> Read(const std::string& name, uint64_t max_bytes) const;

 private:
  explicit FolderFiles(UniqueFd folder) : folder_(std::move(folder)) {}
  UniqueFd folder_;
};

}  // namespace accord
