// The fields that signed and hashed byte strings are made of.
//
//   u8, u32, u64   little-endian
//   flag           u8, 0 or 1
//   digest         32 bytes
//   string         u32 length, then the bytes
//   list           u32 count, then the elements
//
// One value has one encoding: whatever a reader accepts, a writer writes back to the last bit. That is what makes it
// safe to compare hashes of values that came from elsewhere.
//
// Adversary: all bytes may be a peer's invention. A length or count is compared with its limit and with what is left
// before anything is allocated. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/hash.h"

namespace accord {

inline constexpr uint8_t kMessageVersion = 1;  // with which each message begins

class FieldWriter {
 public:
  FieldWriter& Version() { return U8(kMessageVersion); }
  FieldWriter& U8(uint8_t value);
  FieldWriter& U32(uint32_t value);
  FieldWriter& U64(uint64_t value);
  FieldWriter& Flag(bool value) { return U8(value ? 1 : 0); }
  // The 64 bits of an IEEE 754 double, as they are.
  FieldWriter& Bits(double value);
  FieldWriter& Digest(const Sha256Digest& digest);
  FieldWriter& String(absl::string_view text);
  // Without a length, where the length is fixed.
  FieldWriter& Raw(absl::string_view bytes);
  FieldWriter& Raw(absl::Span<const uint8_t> bytes);

  const std::string& bytes() const { return bytes_; }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads fields in order. The first fault stays: later reads give zeros and empty strings, counts give 0, and Finish
// tells it. So a parser reads straight through and asks once. The bytes must outlive the reader.
class FieldReader {
 public:
  // `what` names the message in errors: "key statement".
  FieldReader(absl::string_view bytes, absl::string_view what) : bytes_(bytes), what_(what) {}

  void Version();
  uint8_t U8(absl::string_view field);
  uint32_t U32(absl::string_view field);
  uint64_t U64(absl::string_view field);
  bool Flag(absl::string_view field);
  Sha256Digest Digest(absl::string_view field);
  std::string String(absl::string_view field, size_t max_bytes);
  // Exactly `size` bytes without a length; a view into the bytes given.
  absl::string_view Raw(absl::string_view field, size_t size);
  // A list's count: at most `max`, and no more elements of at least `min_element_bytes` than there are bytes left.
  uint32_t Count(absl::string_view field, uint32_t max, size_t min_element_bytes);

  // Records a fault found by the caller (only the first one counts).
  void Fail(absl::string_view field, absl::string_view fault);
  bool failed() const { return !status_.ok(); }
  // INVALID_ARGUMENT: the first fault with its message, field and offset, or bytes left over.
  absl::Status Finish();

 private:
  absl::string_view bytes_;
  absl::string_view what_;
  size_t offset_ = 0;
  absl::Status status_;
};

}  // namespace accord
