// Bytes that must not be seen: keys, seeds, tokens. Wiped when they go, compared in constant time, and impossible to
// print or copy by accident.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace accord {

// Move-only. There is deliberately no operator<<, no conversion to string and no operator==.
class SecretBytes {
 public:
  SecretBytes() = default;
  // Takes a copy; the caller wipes its own.
  explicit SecretBytes(absl::Span<const uint8_t> bytes) : bytes_(bytes.begin(), bytes.end()) {}
  // `size` fresh bytes of the operating system's generator. INTERNAL if it cannot answer.
  static absl::StatusOr<SecretBytes> Random(size_t size);
  // `size` bytes that `write` puts in place, so that no copy stays behind; the error of `write` if it fails.
  static absl::StatusOr<SecretBytes> Written(size_t size, absl::FunctionRef<absl::Status(absl::Span<uint8_t>)> write);

  ~SecretBytes() { Wipe(); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;

  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  // The bytes themselves: for handing to a cryptographic primitive or to the key file, and to nothing else.
  absl::Span<const uint8_t> Reveal() const { return bytes_; }
  absl::string_view RevealAsText() const;

  // Time depends on the lengths only.
  bool EqualsConstantTime(absl::Span<const uint8_t> other) const;

 private:
  void Wipe();
  std::vector<uint8_t> bytes_;
};

// Overwrites a string that held a secret (a PEM, a line read from a terminal) and empties it.
void WipeString(std::string& text);

}  // namespace accord
