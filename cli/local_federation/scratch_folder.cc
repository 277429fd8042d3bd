#include "cli/local_federation/scratch_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace accord {

absl::StatusOr<ScratchFolder> ScratchFolder::Create(absl::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::absolute(base != nullptr && *base != '\0' ? base : "/tmp", error);
  if (error) return absl::InternalError(absl::StrCat("cannot find the folder of TMPDIR: ", error.message()));
  std::string path = absl::StrCat(folder.string(), "/", prefix, "XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return ErrnoError("make a folder like", path);
  return ScratchFolder(std::move(path));
}

ScratchFolder::~ScratchFolder() { Remove(); }

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, "")), keep_(other.keep_) {}

ScratchFolder& ScratchFolder::operator=(ScratchFolder&& other) noexcept {
  if (this == &other) return *this;
  Remove();
  path_ = std::exchange(other.path_, "");
  keep_ = other.keep_;
  return *this;
}

void ScratchFolder::Remove() {
  if (path_.empty() || keep_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

}  // namespace accord
