// Images and labels in the IDX format of the MNIST files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

// An IDX file of unsigned bytes, checked but not read: magic number 00 00 08 D, then D sizes of 4 bytes, big-endian,
// then the bytes, row-major. Movable.
class IdxFile {
 public:
  // INVALID_ARGUMENT when it is no such file, compressed, or not exactly as long as its header says (checked before
  // anything is allocated); OUT_OF_RANGE when larger than `max_bytes`; NOT_FOUND and the like.
  static absl::StatusOr<IdxFile> Open(const std::string& path, uint64_t max_bytes);

  // sizes()[0] items of `item_bytes` bytes.
  const std::vector<uint64_t>& sizes() const { return sizes_; }
  uint64_t num_items() const { return sizes_[0]; }
  uint64_t item_bytes() const { return item_bytes_; }
  // Reads `count` items from `first` on.
  absl::Status Read(uint64_t first, uint64_t count, uint8_t* out) const;

 private:
  std::string path_;
  UniqueFd fd_;
  std::vector<uint64_t> sizes_;
  uint64_t item_bytes_ = 0;
  uint64_t data_offset_ = 0;
};

}  // namespace accord
