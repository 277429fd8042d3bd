#include "base/hash.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "base/hex.h"
#include "base/status.h"

namespace accord {
namespace {

// Fetched once: EVP_sha256() looks the algorithm up anew at each beginning, which costs more than hashing some hundred
// bytes. Never freed, like OpenSSL's own tables.
const EVP_MD* Algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

// SHA-256 cannot fail except for want of memory or a broken OpenSSL; neither can be answered sensibly.
void Check(int ok) {
  if (ok != 1) std::abort();
}

}  // namespace

void Sha256Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256Hasher::Sha256Hasher() : context_(EVP_MD_CTX_new()) {
  Check(context_ != nullptr);
  Check(EVP_DigestInit_ex(context_.get(), Algorithm(), nullptr));
}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::Update(absl::string_view bytes) { Update(bytes.data(), bytes.size()); }

void Sha256Hasher::Update(const void* data, size_t size) { Check(EVP_DigestUpdate(context_.get(), data, size)); }

Sha256Digest Sha256Hasher::Finish() {
  Sha256Digest digest;
  unsigned int size = 0;
  Check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
  Check(EVP_DigestInit_ex(context_.get(), Algorithm(), nullptr));
  return digest;
}

Sha256Digest Sha256(absl::string_view bytes) {
  Sha256Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

std::string HexDigest(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::string Sha256Hex(absl::string_view bytes) { return HexDigest(Sha256(bytes)); }

bool IsHexDigest(absl::string_view text) {
  if (text.size() != 64) return false;
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

absl::StatusOr<Sha256Digest> ParseHexDigest(absl::string_view text) {
  if (!IsHexDigest(text)) return absl::InvalidArgumentError("a hash is not 64 lower-case hexadecimal digits");
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, ParseHex(text));
  Sha256Digest digest{};
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

uint32_t Crc32c(uint32_t crc, const void* data, size_t size) {
  // ISA-L works on the inverted register and takes an int of bytes and, for want of const, a mutable pointer.
  auto* bytes = const_cast<uint8_t*>(static_cast<const uint8_t*>(data));
  while (size > 0) {
    const int piece = static_cast<int>(std::min<size_t>(size, INT_MAX));
    crc = ~crc32_iscsi(bytes, piece, ~crc);
    bytes += piece;
    size -= static_cast<size_t>(piece);
  }
  return crc;
}

}  // namespace accord
