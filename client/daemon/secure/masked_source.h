// The masked form of a vector, made tile by tile while it is sent: no second vector in memory, and each tile is masked,
// hashed and handed to the network while it is in the cache.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "aggregation/ring/ring_bytes.h"
#include "aggregation/secure/site/mask_set.h"
#include "base/content_digest.h"
#include "client/daemon/session/upload_source.h"

namespace accord {

// Not thread-safe.
class MaskedSource : public UploadSource {
 public:
  // The elements outlive the source and stay as they are.
  MaskedSource(ConstRingBytes vector, std::shared_ptr<const secure::MaskSet> masks);

  uint64_t num_bytes() const override { return vector_.bytes().size(); }
  // Any place, though in order it costs least, and also within an element: pieces of an upload are no multiple of three
  // bytes. OUT_OF_RANGE when a piece reaches over the end.
  absl::Status Fill(uint64_t offset, absl::Span<uint8_t> out) override;

  // The digest (content_digest.h) of all masked bytes, in hexadecimal, once the last one has been asked for; empty
  // before.
  const std::string& payload_digest() const { return payload_digest_; }

 private:
  absl::Status Mask(uint64_t offset, absl::Span<uint8_t> out) const;
  // The bytes of the masked elements [first, first + count), at most a tile, in memory that a word may begin in.
  absl::Status MaskElements(uint64_t first, size_t count, uint8_t* bytes) const;
  // Hashes what an earlier source of the same bytes has sent: this one begins where the coordinator goes on.
  absl::Status CatchUp(uint64_t offset);
  void Hash(absl::Span<const uint8_t> bytes);

  const ConstRingBytes vector_;
  const std::shared_ptr<const secure::MaskSet> masks_;  // shared with the participant, which wipes it at the end
  ContentHasher hasher_;
  uint64_t hashed_ = 0;
  std::string payload_digest_;
};

}  // namespace accord
