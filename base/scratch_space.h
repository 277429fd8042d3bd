// A file without a name that holds what does not fit in memory, under a key that only this process has.
//
// The file is as long from the beginning as it may become; a process that may not make large files (RLIMIT_FSIZE) can
// use it all the same. Room is reserved before it is written to, so that a full disk is an error, not a signal.
// Written once from the beginning on, read at any place.
//
// Adversary: who gets hold of the disk, now or later. AES-256-CTR (NIST SP 800-38A, section 6.5) under a random key of
// each object; the counter is the place in the file, which is written once. Who changes the file is found out by what
// is written into it: RowFile's tags, under a key that is this object's too.
// Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/sip_hash.h"

struct evp_cipher_ctx_st;

namespace accord {

class ScratchSpace {
 public:
  static constexpr uint64_t kUnitBytes = 16;                // one counter: offsets and sizes are multiples of it
  static constexpr uint64_t kPageBytes = 64 << 10;          // sizes of Append are multiples of it; so of any page size
  static constexpr uint64_t kLeftFree = uint64_t{1} << 30;  // bytes of the disk that are left to others

  // `fd`: open for reading and writing, must outlive this; `size`: its length at least, of which all is used.
  // INVALID_ARGUMENT when it is no regular file, or shorter. INTERNAL: no random numbers.
  static absl::StatusOr<std::unique_ptr<ScratchSpace>> Create(int fd, uint64_t size);
  ~ScratchSpace();
  ScratchSpace(const ScratchSpace&) = delete;
  ScratchSpace& operator=(const ScratchSpace&) = delete;

  // Writes behind what is there and returns its place. Encrypts `bytes` in place: they are of no use afterwards.
  // RESOURCE_EXHAUSTED: the file or the disk is full; FAILED_PRECONDITION: the file system cannot reserve room.
  absl::StatusOr<uint64_t> Append(absl::Span<uint8_t> bytes);
  // DATA_LOSS when the disk does not give it back.
  absl::Status Read(uint64_t offset, absl::Span<uint8_t> out);
  // Asks the system to have it ready soon.
  void Expect(uint64_t offset, uint64_t size) const;

  // What the disk that `fd` lies on has left for this process.
  static absl::StatusOr<uint64_t> FreeBytes(int fd);

  uint64_t used() const { return used_; }
  // For tags of what is written, each kind of it under a number of its own.
  const SipKey& tag_key() const { return tag_key_; }
  uint64_t NextTagNumber() { return next_tag_number_++; }

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Cipher = std::unique_ptr<evp_cipher_ctx_st, Free>;

  ScratchSpace(int fd, uint64_t size, Cipher cipher, const SipKey& tag_key);
  absl::Status Reserve(uint64_t end);
  absl::Status Crypt(uint64_t offset, absl::Span<uint8_t> bytes);

  const int fd_;
  const uint64_t size_;
  const Cipher cipher_;  // AES-256-ECB of the counters
  const SipKey tag_key_;
  uint64_t next_tag_number_ = 0;
  std::vector<uint8_t> stream_;
  uint64_t reserved_ = 0;
  uint64_t used_ = 0;
};

}  // namespace accord
