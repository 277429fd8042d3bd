// One file of what a site keeps of a job between its rounds (docs/wire.md):
//
//   14 bytes   "accord kept 1\n"
//   u32        size of the head, little-endian
//   the head   v1::KeptHead
//   numbers    float32, little-endian, as many as the head says
//   32 bytes   SHA-256 of everything before
//
// What it holds was made of this site's rows: it is as much to be guarded as they are, and leaves by no message.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/file.h"
#include "proto/accord/v1/kept.pb.h"

namespace accord {

// In place of a strategy's name: the numbers are a model that this site trains alone beside the common one.
inline constexpr char kTrainedAlone[] = "alone";

struct KeptContent {
  v1::KeptHead head;
  UniqueFd memory;  // the numbers, in a sealed memory file
};

// Replaces the file in one step and durably (0600). `numbers` may change while they are read (a trainer wrote them, and
// may go on): what is hashed is what is written. INVALID_ARGUMENT: not as many as the head says.
absl::Status WriteKeptFile(const std::string& path, const v1::KeptHead& head, absl::Span<const uint8_t> numbers);
// NOT_FOUND; DATA_LOSS: not as it was written.
absl::StatusOr<KeptContent> ReadKeptFile(const std::string& path);
// The head alone, unchecked by the hash.
absl::StatusOr<v1::KeptHead> ReadKeptHead(const std::string& path);

}  // namespace accord
