#include "trust/ledger/hash_chain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/fields.h"

namespace accord {
namespace {

absl::string_view AsBytes(const Sha256Digest& digest) {
  return absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
}

bool AllZero(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

}  // namespace

HashChain::HashChain(absl::string_view domain, absl::string_view owner, size_t max_payload_bytes)
    : domain_(domain), max_payload_bytes_(max_payload_bytes), head_(HashUnder(domain, owner)) {}

Sha256Digest HashChain::HeadAfter(absl::string_view payload) const {
  return HashUnder(domain_, absl::StrCat(AsBytes(head_), payload));
}

uint32_t HashChain::CheckOf(uint32_t length) const {
  FieldWriter writer;
  writer.Digest(head_).U32(length);
  return Crc32c(0, writer.bytes().data(), writer.bytes().size());
}

absl::Status HashChain::Damaged(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat("damaged at byte ", bytes_, " (entry ", sequence_ + 1, "): ", what));
}

void HashChain::Advance(const Sha256Digest& head, size_t payload_bytes) {
  head_ = head;
  ++sequence_;
  bytes_ += kPrefixBytes + payload_bytes + kHeadBytes;
}

std::string HashChain::Append(absl::string_view payload) {
  const auto length = static_cast<uint32_t>(payload.size());
  const Sha256Digest head = HeadAfter(payload);
  FieldWriter writer;
  writer.U32(length).U32(CheckOf(length)).Raw(payload).Digest(head);
  Advance(head, payload.size());
  return std::move(writer).Take();
}

absl::StatusOr<std::optional<absl::string_view>> HashChain::Next(absl::string_view rest) {
  // No entry has the length zero.
  if (rest.size() < kPrefixBytes || AllZero(rest)) return std::nullopt;
  FieldReader reader(rest.substr(0, kPrefixBytes), "entry");
  const uint32_t length = reader.U32("length");
  if (reader.U32("check") != CheckOf(length)) return Damaged("an entry's length is not the written one");
  if (length == 0 || length > max_payload_bytes_) return Damaged("an entry is longer or shorter than any can be");
  if (rest.size() < kPrefixBytes + length + kHeadBytes) return std::nullopt;
  const absl::string_view payload = rest.substr(kPrefixBytes, length);
  const Sha256Digest head = HeadAfter(payload);
  if (AsBytes(head) != rest.substr(kPrefixBytes + length, kHeadBytes)) {
    return Damaged("an entry does not match its hash");
  }
  Advance(head, length);
  return payload;
}

}  // namespace accord
