#include "client/daemon/state/kept_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr absl::string_view kMagic = "accord kept 1\n";
constexpr uint64_t kMaxHeadBytes = uint64_t{64} << 20;  // a layout of very many entries
constexpr uint64_t kKeptTileBytes = uint64_t{1} << 18;

struct OpenFile {
  UniqueFd fd;
  uint64_t size = 0;
  v1::KeptHead head;
  uint64_t begin = 0;  // of the numbers
};

absl::Status DamagedFile(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, " is damaged: ", what));
}

std::string Prefix(const std::string& head) {
  std::string prefix(kMagic);
  uint32_t size = static_cast<uint32_t>(head.size());
  for (int i = 0; i < 4; ++i, size >>= 8) prefix.push_back(static_cast<char>(size & 0xff));
  return prefix + head;
}

absl::StatusOr<OpenFile> OpenKeptFile(const std::string& path) {
  OpenFile file;
  file.fd = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.fd.valid() && errno == ENOENT) return absl::NotFoundError(absl::StrCat("there is no ", path));
  if (!file.fd.valid()) return ErrnoError("open", path);
  struct stat info;
  if (fstat(file.fd.get(), &info) != 0) return ErrnoError("look at", path);
  file.size = static_cast<uint64_t>(info.st_size);
  constexpr uint64_t kFront = kMagic.size() + sizeof(uint32_t);
  char front[kFront];
  if (file.size < kFront + sizeof(Sha256Digest)) return DamagedFile(path, "it is too short");
  ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), front, kFront, 0));
  if (absl::string_view(front, kMagic.size()) != kMagic) return DamagedFile(path, "it begins with something else");
  uint64_t head_bytes = 0;
  for (int i = 3; i >= 0; --i)
    head_bytes = head_bytes << 8 | static_cast<unsigned char>(front[kMagic.size() + static_cast<size_t>(i)]);
  if (head_bytes > kMaxHeadBytes || head_bytes > file.size - kFront - sizeof(Sha256Digest)) {
    return DamagedFile(path, "its head has no possible size");
  }
  std::string head(head_bytes, '\0');
  ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), head.data(), head.size(), kFront));
  if (!file.head.ParseFromString(head)) return DamagedFile(path, "its head cannot be read");
  file.begin = kFront + head_bytes;
  const uint64_t numbers = file.size - file.begin - sizeof(Sha256Digest);
  if (numbers % sizeof(float) != 0 || numbers / sizeof(float) != file.head.num_numbers()) {
    return DamagedFile(
        path, absl::StrCat("it has ", numbers, " bytes of numbers, its head says ", file.head.num_numbers(), " of 4"));
  }
  return file;
}

absl::Status WriteNumbers(int fd, const std::string& prefix, absl::Span<const uint8_t> numbers) {
  Sha256Hasher hasher;
  hasher.Update(prefix);
  ACCORD_RETURN_IF_ERROR(WriteFully(fd, prefix.data(), prefix.size(), 0));
  uint64_t end = prefix.size();
  std::vector<uint8_t> tile(std::min<uint64_t>(kKeptTileBytes, numbers.size()));
  for (uint64_t first = 0; first < numbers.size(); first += kKeptTileBytes) {
    const uint64_t size = std::min<uint64_t>(kKeptTileBytes, numbers.size() - first);
    std::memcpy(tile.data(), numbers.data() + first, size);
    hasher.Update(tile.data(), size);
    ACCORD_RETURN_IF_ERROR(WriteFully(fd, tile.data(), size, end));
    end += size;
  }
  const Sha256Digest digest = hasher.Finish();
  return WriteFully(fd, digest.data(), digest.size(), end);
}

}  // namespace

absl::Status WriteKeptFile(const std::string& path, const v1::KeptHead& head, absl::Span<const uint8_t> numbers) {
  const std::string head_bytes = head.SerializeAsString();
  if (head.num_numbers() != numbers.size() / sizeof(float) || numbers.size() % sizeof(float) != 0 ||
      head_bytes.size() > kMaxHeadBytes) {
    return absl::InvalidArgumentError(absl::StrCat("what is to be kept has ", numbers.size(), " bytes, its head says ",
                                                   head.num_numbers(), " numbers and has ", head_bytes.size(),
                                                   " bytes"));
  }
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));  // 0600
  if (!fd.valid()) return ErrnoError("create a temporary file beside", path);
  absl::Cleanup remove = [&temporary] { unlink(temporary.c_str()); };
  ACCORD_RETURN_IF_ERROR(Annotate(WriteNumbers(fd.get(), Prefix(head_bytes), numbers), temporary));
  if (fsync(fd.get()) != 0) return ErrnoError("sync", temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) return ErrnoError("rename to", path);
  std::move(remove).Cancel();
  return SyncParentFolder(path);
}

absl::StatusOr<v1::KeptHead> ReadKeptHead(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(OpenFile file, OpenKeptFile(path));
  return std::move(file.head);
}

absl::StatusOr<KeptContent> ReadKeptFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(OpenFile file, OpenKeptFile(path));
  Sha256Hasher hasher;
  std::vector<char> tile(std::max<uint64_t>(file.begin, kKeptTileBytes));
  ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), tile.data(), file.begin, 0));
  hasher.Update(tile.data(), file.begin);
  const uint64_t num_bytes = file.size - file.begin - sizeof(Sha256Digest);
  KeptContent content;
  ACCORD_ASSIGN_OR_RETURN(content.memory, MakeMemoryFile("accord-kept", num_bytes));
  for (uint64_t first = 0; first < num_bytes; first += kKeptTileBytes) {
    const uint64_t size = std::min<uint64_t>(kKeptTileBytes, num_bytes - first);
    ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), tile.data(), size, file.begin + first));
    hasher.Update(tile.data(), size);
    ACCORD_RETURN_IF_ERROR(WriteFully(content.memory.get(), tile.data(), size, first));
  }
  Sha256Digest stored;
  ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), stored.data(), stored.size(), file.begin + num_bytes));
  if (stored != hasher.Finish()) return DamagedFile(path, "its bytes are not those that were written");
  if (fcntl(content.memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return ErrnoError("seal", "what this site keeps");
  }
  content.head = std::move(file.head);
  return content;
}

}  // namespace accord
