// Bytes as gRPC may have received them: in several pieces, cut at places that the bytes themselves decide.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/support/byte_buffer.h"

namespace accord::fuzz {

inline grpc::ByteBuffer InSlices(absl::string_view bytes) {
  std::vector<grpc::Slice> slices;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(bytes.size(), size_t{1} + static_cast<uint8_t>(bytes.back()) % 64);
    slices.emplace_back(bytes.data(), size);
    bytes.remove_prefix(size);
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace accord::fuzz
