#include "base/content_digest.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/sha256_batch.h"

namespace accord {
namespace {

constexpr absl::string_view kPrefix("accord/v1/content\0", 18);
constexpr size_t kGatheredPieces = 8;
constexpr size_t kGatheredBytes = kGatheredPieces * kContentPieceBytes;
constexpr size_t kPiecesAtOnce = 64;

}  // namespace

ContentHasher::ContentHasher() { list_.Update(kPrefix); }

void ContentHasher::Update(absl::string_view bytes) {
  Update(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

void ContentHasher::Update(absl::Span<const uint8_t> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const size_t begun = gathered_bytes_ % kContentPieceBytes;
    size_t taken = 0;
    if (begun == 0 && bytes.size() >= kGatheredBytes) {
      HashGathered();
      taken = bytes.size() - bytes.size() % kContentPieceBytes;
      HashPieces(bytes.first(taken));
    } else {
      taken = std::min(bytes.size(), (begun == 0 ? kGatheredBytes : kContentPieceBytes) - begun);
      taken = std::min(taken, kGatheredBytes - gathered_bytes_);
      Gather(bytes.first(taken));
    }
    bytes.remove_prefix(taken);
  }
}

void ContentHasher::Gather(absl::Span<const uint8_t> bytes) {
  if (gathered_ == nullptr) gathered_.reset(new uint8_t[kGatheredBytes]);
  std::memcpy(gathered_.get() + gathered_bytes_, bytes.data(), bytes.size());
  gathered_bytes_ += bytes.size();
  if (gathered_bytes_ == kGatheredBytes) HashGathered();
}

// What is gathered of whole pieces; the beginning of another one goes to the front.
void ContentHasher::HashGathered() {
  const size_t begun = gathered_bytes_ % kContentPieceBytes;
  const size_t whole = gathered_bytes_ - begun;
  HashPieces(absl::MakeConstSpan(gathered_.get(), whole));
  if (begun > 0) std::memmove(gathered_.get(), gathered_.get() + whole, begun);
  gathered_bytes_ = begun;
}

void ContentHasher::HashPieces(absl::Span<const uint8_t> pieces) {
  std::array<Sha256Digest, kPiecesAtOnce> digests;
  while (!pieces.empty()) {
    const size_t count = std::min(kPiecesAtOnce, pieces.size() / kContentPieceBytes);
    Sha256Batch(pieces.first(count * kContentPieceBytes), kContentPieceBytes, absl::MakeSpan(digests).first(count));
    list_.Update(digests.data(), count * sizeof(Sha256Digest));
    pieces.remove_prefix(count * kContentPieceBytes);
  }
}

Sha256Digest ContentHasher::Finish() {
  HashGathered();
  if (gathered_bytes_ > 0) {
    const Sha256Digest last = Sha256(absl::string_view(reinterpret_cast<char*>(gathered_.get()), gathered_bytes_));
    list_.Update(last.data(), last.size());
  }
  std::array<uint8_t, 8> size;
  for (size_t i = 0; i < size.size(); ++i) size[i] = static_cast<uint8_t>(size_ >> (8 * i));
  list_.Update(size.data(), size.size());
  const Sha256Digest digest = list_.Finish();
  *this = ContentHasher();
  return digest;
}

Sha256Digest ContentDigest(absl::string_view bytes) {
  ContentHasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

}  // namespace accord
