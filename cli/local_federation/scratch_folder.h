// A folder for as long as something runs.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// Of its own under TMPDIR (else /tmp), its path absolute, mode 0700, and removed at the end with all that is in it,
// unless it is kept. Movable.
class ScratchFolder {
 public:
  // `prefix`: how its name begins.
  static absl::StatusOr<ScratchFolder> Create(absl::string_view prefix);
  ~ScratchFolder();
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&& other) noexcept;

  const std::string& path() const { return path_; }
  std::string Path(absl::string_view name) const;
  // It stays.
  void Keep() { keep_ = true; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  void Remove();

  std::string path_;  // empty: moved from
  bool keep_ = false;
};

}  // namespace accord
