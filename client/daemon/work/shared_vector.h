// Memory into which a trainer writes a step's vector, and which this daemon reads.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/file.h"

namespace accord {

// Movable. One job's steps use it one after another: pages that are there already cost a tenth of new ones.
//
// Adversary: the trainer, which runs the job's model. It may keep the memory mapped and change it at any time, but not
// its size: reading it never fails.
class SharedVector {
 public:
  static absl::StatusOr<SharedVector> Create(uint64_t num_bytes);

  // For the trainer.
  int fd() const { return fd_.get(); }
  // What it has written; copy before you look.
  absl::Span<const uint8_t> bytes() const {
    return absl::MakeConstSpan(static_cast<const uint8_t*>(memory_.data()), memory_.size());
  }

 private:
  SharedVector(UniqueFd fd, MappedFile memory) : fd_(std::move(fd)), memory_(std::move(memory)) {}

  UniqueFd fd_;
  MappedFile memory_;
};

}  // namespace accord
