// Entries one behind the other in a file, each bound to all before it: what was written cannot be changed, left out or
// put elsewhere without every later hash being wrong.
//
//   file    entries, one behind the other
//   entry   u32 payload length | u32 check | payload | head
//   check   CRC-32C of the previous head and the length: tells a torn entry from a damaged length
//   head    SHA-256(domain 00 previous head, payload); the head before the first entry is that of the owner's id alone
//
// Numbers are little-endian. Whoever holds the last head can tell whether a file continues what he saw; nothing here
// keeps the file's owner from writing another file from its beginning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

// Where a file's end has got to. Not thread-safe.
class HashChain {
 public:
  static constexpr size_t kPrefixBytes = 8;
  static constexpr size_t kHeadBytes = 32;

  // `domain`: what kind of file; no other kind has the same. `owner`: whose. Longer payloads are a fault.
  HashChain(absl::string_view domain, absl::string_view owner, size_t max_payload_bytes);

  // The bytes to append to the file for the next entry. `payload` holds at least one byte, at most max_payload_bytes.
  std::string Append(absl::string_view payload);

  // The payload of the next entry, which begins where `rest` does; a view into it. nullopt: `rest` ends inside of the
  // entry (or holds only zeros, as of a file that was extended before its bytes were written). DATA_LOSS, with the
  // offset in the file, where it is not the entry that was written here.
  absl::StatusOr<std::optional<absl::string_view>> Next(absl::string_view rest);

  // Of the entries that were appended or taken so far.
  uint64_t sequence() const { return sequence_; }
  uint64_t bytes() const { return bytes_; }
  const Sha256Digest& head() const { return head_; }

 private:
  absl::Status Damaged(absl::string_view what) const;
  Sha256Digest HeadAfter(absl::string_view payload) const;
  uint32_t CheckOf(uint32_t length) const;
  void Advance(const Sha256Digest& head, size_t payload_bytes);

  std::string domain_;
  size_t max_payload_bytes_;
  uint64_t sequence_ = 0;
  uint64_t bytes_ = 0;
  Sha256Digest head_;
};

}  // namespace accord
