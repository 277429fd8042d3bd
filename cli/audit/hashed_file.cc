#include "cli/audit/hashed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"

namespace accord {

absl::StatusOr<HashedFile> HashFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("open", path);
  Sha256Hasher sha256;
  ContentHasher content;
  std::vector<char> piece(size_t{1} << 20);
  while (true) {
    const ssize_t got = read(fd.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError("read", path);
    if (got == 0) break;
    const absl::string_view bytes(piece.data(), static_cast<size_t>(got));
    sha256.Update(bytes);
    content.Update(bytes);
  }
  return HashedFile{sha256.Finish(), content.Finish()};
}

}  // namespace accord
