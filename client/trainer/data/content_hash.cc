#include "client/trainer/data/content_hash.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/trainer/data/data_file.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

class PartHasher {
 public:
  PartHasher(uint64_t max_bytes, const std::function<void(uint64_t)>& progress)
      : max_bytes_(max_bytes), progress_(progress), piece_(std::make_unique<char[]>(kPieceBytes)) {}

  absl::StatusOr<HashedPart> Hash(uint32_t place, const std::string& path) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return ErrnoError("look at", path);
    HashedPart part{.place = place, .sha256 = {}, .bytes = 0};
    ACCORD_ASSIGN_OR_RETURN(part.sha256,
                            S_ISDIR(status.st_mode) ? HashFolder(path, part.bytes) : HashFile(path, part.bytes));
    return part;
  }

 private:
  absl::StatusOr<Sha256Digest> HashFile(const std::string& path, uint64_t& bytes) {
    ACCORD_ASSIGN_OR_RETURN(const DataFile file, OpenDataFile(path, max_bytes_));
    for (uint64_t at = 0; at < file.size; at += kPieceBytes) {
      const size_t size = std::min<uint64_t>(kPieceBytes, file.size - at);
      ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), piece_.get(), size, at));
      hasher_.Update(piece_.get(), size);
      done_ += size;
      if (progress_) progress_(done_);
    }
    ACCORD_RETURN_IF_ERROR(CheckUnchanged(file, path));
    bytes += file.size;
    return hasher_.Finish();
  }

  absl::StatusOr<Sha256Digest> HashFolder(const std::string& path, uint64_t& bytes) {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(path));
    Sha256Hasher list;
    for (const std::string& name : names) {
      ACCORD_ASSIGN_OR_RETURN(const Sha256Digest digest, HashFile(absl::StrCat(path, "/", name), bytes));
      list.Update(absl::StrCat(HexDigest(digest), "  ", name, "\n"));
    }
    return list.Finish();
  }

  static absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& path) {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::recursive_directory_iterator next(path, error);
    for (; !error && next != std::filesystem::recursive_directory_iterator(); next.increment(error)) {
      const std::filesystem::file_status status = next->symlink_status(error);
      if (error || !std::filesystem::is_regular_file(status)) continue;
      std::string name = next->path().lexically_relative(path).string();
      // sha256sum spells such names otherwise, and a line end could make two lines of one.
      if (name.find_first_of("\\\n\r") != std::string::npos) {
        return absl::InvalidArgumentError(
            absl::StrCat(path, " holds a file whose name has a backslash or a line end; rename it"));
      }
      names.push_back(std::move(name));
    }
    if (error) return absl::UnavailableError(absl::StrCat("cannot look through ", path, ": ", error.message()));
    std::sort(names.begin(), names.end());
    return names;
  }

  const uint64_t max_bytes_;
  const std::function<void(uint64_t)>& progress_;
  const std::unique_ptr<char[]> piece_;
  Sha256Hasher hasher_;
  uint64_t done_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<HashedPart>> HashContent(v1::DatasetMapping mapping, uint64_t max_bytes,
                                                    const std::function<void(uint64_t bytes)>& progress) {
  // What is left of it are its password and certificates, which are no rows.
  if (mapping.has_postgresql()) mapping.mutable_postgresql()->Clear();
  std::vector<std::string> paths;
  for (const std::string* path : PathsIn(mapping)) paths.push_back(*path);
  if (mapping.has_sqlite()) {
    const std::string journal = absl::StrCat(mapping.sqlite().file(), "-journal");
    if (access(journal.c_str(), F_OK) == 0) paths.push_back(journal);
  }
  PartHasher hasher(max_bytes, progress);
  std::vector<HashedPart> parts;
  for (uint32_t place = 0; place < paths.size(); ++place) {
    if (paths[place].empty()) continue;
    ACCORD_ASSIGN_OR_RETURN(const HashedPart part, hasher.Hash(place, paths[place]));
    parts.push_back(part);
  }
  return parts;
}

}  // namespace accord
