#include "base/scratch_space.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/openssl.h"
#include "base/secret.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kReservedAtOnce = uint64_t{64} << 20;
constexpr size_t kStreamBytes = 64 << 10;
constexpr size_t kKeyBytes = 32;

// Counter blocks as the number of the unit, big-endian in the last eight bytes.
void WriteCounters(uint64_t first, absl::Span<uint8_t> blocks) {
  for (size_t i = 0; i < blocks.size(); i += ScratchSpace::kUnitBytes) {
    const uint64_t counter = __builtin_bswap64(first++);
    std::memset(blocks.data() + i, 0, 8);
    std::memcpy(blocks.data() + i + 8, &counter, 8);
  }
}

void Xor(const uint8_t* stream, absl::Span<uint8_t> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= stream[i];
}

absl::Status DiskFull() {
  return absl::ResourceExhaustedError(
      absl::StrCat("the disk that holds the scratch file (sandbox.scratch_dir) has less than ",
                   ScratchSpace::kLeftFree >> 20, " MiB left; free some, or name another folder"));
}

}  // namespace

void ScratchSpace::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

ScratchSpace::ScratchSpace(int fd, uint64_t size, Cipher cipher, const SipKey& tag_key)
    : fd_(fd), size_(size), cipher_(std::move(cipher)), tag_key_(tag_key), stream_(kStreamBytes) {}

ScratchSpace::~ScratchSpace() = default;

absl::StatusOr<std::unique_ptr<ScratchSpace>> ScratchSpace::Create(int fd, uint64_t size) {
  struct stat status;
  if (fstat(fd, &status) != 0) return ErrnoError("look at", "the scratch file");
  if (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) < size) {
    return absl::InvalidArgumentError(absl::StrCat("the scratch file is no file of ", size, " bytes"));
  }
  Cipher cipher(EVP_CIPHER_CTX_new());
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes key, SecretBytes::Random(kKeyBytes));
  if (cipher == nullptr ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_ecb(), nullptr, key.Reveal().data(), nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(cipher.get(), 0) != 1) {
    return OpenSslError("encrypt the scratch file");
  }
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes tag_bytes, SecretBytes::Random(sizeof(SipKey)));
  SipKey tag_key;
  std::memcpy(&tag_key, tag_bytes.Reveal().data(), sizeof(tag_key));
  return std::unique_ptr<ScratchSpace>(new ScratchSpace(fd, size, std::move(cipher), tag_key));
}

absl::StatusOr<uint64_t> ScratchSpace::FreeBytes(int fd) {
  struct statvfs disk;
  if (fstatvfs(fd, &disk) != 0) return ErrnoError("look at", "the disk of the scratch file");
  return uint64_t{disk.f_bavail} * disk.f_frsize;  // f_bsize is the size to read in, on some file systems another
}

absl::Status ScratchSpace::Reserve(uint64_t end) {
  if (end > size_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the scratch file is full: sandbox.max_scratch_mib, limits.scratch_mib of the site's policy, and "
                     "what the disk had left when the job began, allow ",
                     size_ >> 20, " MiB"));
  }
  while (reserved_ < end) {
    const uint64_t step = std::min(kReservedAtOnce, size_ - reserved_);
    ACCORD_ASSIGN_OR_RETURN(const uint64_t free, FreeBytes(fd_));
    if (free < kLeftFree + step) return DiskFull();
    int failed;
    do {
      failed = fallocate(fd_, 0, static_cast<off_t>(reserved_), static_cast<off_t>(step));
    } while (failed != 0 && errno == EINTR);
    if (failed != 0 && (errno == ENOSPC || errno == EDQUOT)) return DiskFull();
    if (failed != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("the file system of sandbox.scratch_dir cannot reserve room for the scratch file (",
                       std::strerror(errno), "): name a folder on a local disk"));
    }
    reserved_ += step;
  }
  return absl::OkStatus();
}

absl::Status ScratchSpace::Crypt(uint64_t offset, absl::Span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), stream_.size());
    WriteCounters(offset / kUnitBytes, absl::MakeSpan(stream_).first(size));
    int written = 0;
    if (EVP_EncryptUpdate(cipher_.get(), stream_.data(), &written, stream_.data(), static_cast<int>(size)) != 1) {
      return OpenSslError("encrypt the scratch file");
    }
    Xor(stream_.data(), bytes.first(size));
    bytes.remove_prefix(size);
    offset += size;
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ScratchSpace::Append(absl::Span<uint8_t> bytes) {
  if (bytes.size() % kPageBytes != 0) return absl::InternalError("the scratch file is written in whole pages");
  if (bytes.size() > size_ - used_) ACCORD_RETURN_IF_ERROR(Reserve(size_ + 1));
  ACCORD_RETURN_IF_ERROR(Reserve(used_ + bytes.size()));
  ACCORD_RETURN_IF_ERROR(Crypt(used_, bytes));
  // Through memory: a process with a small RLIMIT_FSIZE may not write() behind it, not even into a file that is longer.
  void* const window = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(used_));
  if (window == MAP_FAILED) {
    if (errno == ENOMEM) throw std::bad_alloc();
    return ErrnoError("map", "the scratch file");
  }
  std::memcpy(window, bytes.data(), bytes.size());
  munmap(window, bytes.size());
  const uint64_t offset = used_;
  used_ += bytes.size();
  return offset;
}

absl::Status ScratchSpace::Read(uint64_t offset, absl::Span<uint8_t> out) {
  if (const absl::Status read = ReadFully(fd_, out.data(), out.size(), offset); !read.ok()) {
    return absl::DataLossError(absl::StrCat("the scratch file: ", read.message()));
  }
  return Crypt(offset, out);
}

void ScratchSpace::Expect(uint64_t offset, uint64_t size) const {
  posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_WILLNEED);
}

}  // namespace accord
