// Puts a model together from a coordinator's stream and believes nothing of it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "base/object_name.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

struct FetchedModel;

// Take() every reply in order, then Finish(). DATA_LOSS: chunks that do not follow on each other, a wrong checksum,
// more or fewer bytes than announced, or bytes of another digest than the header's. Memory grows with what came, never
// with what was announced. Not thread-safe.
class ModelDownload {
 public:
  absl::Status Take(v1::FetchModelReply& reply);
  // Moves the result out.
  absl::Status Finish(FetchedModel& model);

 private:
  absl::Status TakeHeader(v1::ModelHeader& header);
  absl::Status TakeChunk(const v1::Chunk& chunk);

  bool has_header_ = false;
  v1::ModelHeader header_;
  std::string bytes_;
  std::string name_;  // as the header has it
  NameHasher hasher_{NamedBy::kContentDigest};
};

}  // namespace accord
