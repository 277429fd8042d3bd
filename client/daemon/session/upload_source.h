// Where an upload's bytes come from, piece by piece, while they are sent.
#pragma once

#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace accord {

// Gives the same bytes whenever it is asked for the same place: an upload that broke goes on where it stopped. Used by
// one upload at a time, from gRPC's threads.
class UploadSource {
 public:
  virtual ~UploadSource() = default;
  virtual uint64_t num_bytes() const = 0;
  // The bytes [offset, offset + out.size()), which lie within num_bytes(). An error ends the upload for good.
  virtual absl::Status Fill(uint64_t offset, absl::Span<uint8_t> out) = 0;
};

// Bytes that are there already, and stay as they are.
class BytesSource : public UploadSource {
 public:
  explicit BytesSource(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}
  uint64_t num_bytes() const override { return bytes_.size(); }
  absl::Status Fill(uint64_t offset, absl::Span<uint8_t> out) override {
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return absl::OkStatus();
  }

 private:
  const absl::Span<const uint8_t> bytes_;
};

}  // namespace accord
