#include "aggregation/secure/share_packet.h"

#include <openssl/err.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/openssl.h"
#include "base/status.h"

namespace accord {
namespace {

using secure::kSharePacketBytes;

constexpr size_t kPacketKeySize = 32;
constexpr size_t kNonceSize = 12;  // GCM's default
constexpr size_t kTagSize = 16;
constexpr size_t kShareSize = secure::kSeedBytes;
constexpr absl::string_view kLabel("accord/v1/share-packet\0", 23);
static_assert(kNonceSize + kShareSize + kTagSize == kSharePacketBytes);

enum class Direction { kOpen = 0, kSeal = 1 };  // EVP_CipherInit_ex's last argument

uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }
const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

absl::Status Check(const SecretBytes& packet_key, const PacketAddress& address) {
  if (packet_key.size() != kPacketKeySize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a packet key has ", kPacketKeySize, " bytes, not ", packet_key.size()));
  }
  if (address.position == 0) return absl::InvalidArgumentError("a share's position is 1 to 255, not 0");
  return absl::OkStatus();
}

std::string AssociatedData(const PacketAddress& address) {
  secure::FieldWriter fields;
  fields.Raw(kLabel).Digest(address.transcript).String(address.from).String(address.to).U8(address.position);
  return std::move(fields).Take();
}

// A context that has the key, the nonce and the address and waits for the share.
absl::StatusOr<CipherContextHandle> Begin(Direction direction, const SecretBytes& key, const uint8_t* nonce,
                                          const PacketAddress& address) {
  CipherContextHandle context(EVP_CIPHER_CTX_new());
  const std::string data = AssociatedData(address);
  int written = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.Reveal().data(), nonce,
                        static_cast<int>(direction)) != 1 ||
      EVP_CipherUpdate(context.get(), nullptr, &written, Bytes(absl::string_view(data)),
                       static_cast<int>(data.size())) != 1) {
    return OpenSslError("set up a share packet's cipher");
  }
  return context;
}

}  // namespace

absl::StatusOr<std::string> SealShare(const SecretBytes& packet_key, const PacketAddress& address,
                                      const SecretBytes& share, EntropySource& entropy) {
  ACCORD_RETURN_IF_ERROR(Check(packet_key, address));
  if (share.size() != kShareSize) {
    return absl::InvalidArgumentError(absl::StrCat("a share has ", kShareSize, " bytes, not ", share.size()));
  }
  std::string packet(kSharePacketBytes, '\0');
  uint8_t* const nonce = Bytes(packet);
  ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(nonce, kNonceSize)));
  ACCORD_ASSIGN_OR_RETURN(const CipherContextHandle context, Begin(Direction::kSeal, packet_key, nonce, address));
  uint8_t* const sealed = nonce + kNonceSize;
  uint8_t* const tag = sealed + kShareSize;
  int written = 0;
  if (EVP_CipherUpdate(context.get(), sealed, &written, share.Reveal().data(), kShareSize) != 1 ||
      EVP_CipherFinal_ex(context.get(), tag, &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) != 1) {
    return OpenSslError("seal a share");
  }
  return packet;
}

absl::StatusOr<SecretBytes> OpenShare(const SecretBytes& packet_key, const PacketAddress& address,
                                      absl::string_view packet) {
  ACCORD_RETURN_IF_ERROR(Check(packet_key, address));
  if (packet.size() != kSharePacketBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a share packet has ", kSharePacketBytes, " bytes, not ", packet.size()));
  }
  const uint8_t* const sealed = Bytes(packet) + kNonceSize;
  ACCORD_ASSIGN_OR_RETURN(const CipherContextHandle context,
                          Begin(Direction::kOpen, packet_key, Bytes(packet), address));
  return SecretBytes::Written(kShareSize, [&](absl::Span<uint8_t> share) {
    // OpenSSL takes the expected tag without const and does not write to it.
    auto* const tag = const_cast<uint8_t*>(sealed + kShareSize);
    int written = 0;
    if (EVP_CipherUpdate(context.get(), share.data(), &written, sealed, kShareSize) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag) != 1) {
      return OpenSslError("open a share packet");
    }
    if (EVP_CipherFinal_ex(context.get(), share.data(), &written) != 1) {
      ERR_clear_error();
      return absl::InvalidArgumentError("the share packet was not sealed for this place in this attempt");
    }
    return absl::OkStatus();
  });
}

}  // namespace accord
