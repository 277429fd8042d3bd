// SHA-256 and CRC-32C. SHA-256 names content (models, job files, vectors); CRC-32C guards one chunk of a transfer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace accord {

using Sha256Digest = std::array<uint8_t, 32>;

// One pass over bytes that arrive in pieces. Movable, not copyable. Not thread-safe.
// Source: FIPS 180-4, through OpenSSL's EVP interface.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

  void Update(absl::string_view bytes);
  void Update(const void* data, size_t size);
  // The digest of everything so far; the hasher starts anew.
  Sha256Digest Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Sha256Digest Sha256(absl::string_view bytes);
// 64 lower-case hexadecimal digits: the form in which hashes are shown to people and used as file names.
std::string HexDigest(const Sha256Digest& digest);
std::string Sha256Hex(absl::string_view bytes);
// True for exactly 64 digits of [0-9a-f]: every hash from a peer or a person is checked before it becomes a file name.
bool IsHexDigest(absl::string_view text);
// INVALID_ARGUMENT unless IsHexDigest.
absl::StatusOr<Sha256Digest> ParseHexDigest(absl::string_view text);

// CRC-32C (Castagnoli), continuing from `crc` (0 at the start).
uint32_t Crc32c(uint32_t crc, const void* data, size_t size);

}  // namespace accord
