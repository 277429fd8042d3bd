#include "client/daemon/training/data_facts.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

class FactHasher {
 public:
  explicit FactHasher(const std::atomic<bool>& cancelled) : cancelled_(cancelled) {}
  // `name`: as it is told from others; `path`: where it lies.
  absl::Status Add(absl::string_view name, const std::string& path) {
    ACCORD_RETURN_IF_ERROR(GoOn());
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return ErrnoError("look at", path);
    if (S_ISDIR(status.st_mode)) return AddFolder(name, path);
    AddFile(name, status);
    return absl::OkStatus();
  }
  DataFacts Take() { return {hasher_.Finish(), latest_change_}; }

 private:
  absl::Status GoOn() const {
    return cancelled_ ? absl::CancelledError("the look at the files was broken off") : absl::OkStatus();
  }

  void AddFile(absl::string_view name, const struct stat& status) {
    const auto nanoseconds = [](const timespec& time) { return absl::StrCat(time.tv_sec, ".", time.tv_nsec); };
    hasher_.Update(absl::StrCat(name.size(), ":", name, " ", status.st_dev, " ", status.st_ino, " ", status.st_size,
                                " ", nanoseconds(status.st_mtim), " ", nanoseconds(status.st_ctim), "\n"));
    // The kernel's own: the time of writing is whatever a program or an archive says, next year too.
    latest_change_ = std::max(latest_change_, absl::TimeFromTimespec(status.st_ctim));
  }

  absl::Status AddFolder(absl::string_view name, const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    std::filesystem::recursive_directory_iterator next(path, error);
    for (; !error && next != std::filesystem::recursive_directory_iterator(); next.increment(error)) {
      ACCORD_RETURN_IF_ERROR(GoOn());
      const std::filesystem::file_status status = next->symlink_status(error);
      if (!error && std::filesystem::is_regular_file(status)) files.push_back(next->path().string());
    }
    if (error) return absl::UnavailableError(absl::StrCat("cannot look through ", path, ": ", error.message()));
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      ACCORD_RETURN_IF_ERROR(GoOn());
      struct stat status;
      if (lstat(file.c_str(), &status) != 0) return ErrnoError("look at", file);
      AddFile(absl::StrCat(name, file.substr(path.size())), status);
    }
    return absl::OkStatus();
  }

  const std::atomic<bool>& cancelled_;
  Sha256Hasher hasher_;
  absl::Time latest_change_ = absl::InfinitePast();
};

}  // namespace

absl::StatusOr<DataFacts> LookAtData(const v1::DatasetMapping& given, const std::atomic<bool>& cancelled) {
  v1::DatasetMapping mapping = given;
  if (mapping.has_postgresql()) mapping.mutable_postgresql()->Clear();
  FactHasher hasher(cancelled);
  size_t place = 0;
  for (const std::string* path : PathsIn(mapping)) {
    if (!path->empty()) ACCORD_RETURN_IF_ERROR(hasher.Add(absl::StrCat(place), *path));
    ++place;
  }
  if (mapping.has_sqlite()) {
    const std::string journal = absl::StrCat(mapping.sqlite().file(), "-journal");
    if (std::error_code error; std::filesystem::exists(journal, error)) {
      ACCORD_RETURN_IF_ERROR(hasher.Add("journal", journal));
    }
  }
  return hasher.Take();
}

}  // namespace accord
