// What the server's rule keeps from round to round (aggregation/server_optimizer.h), as an object of the store.
//
//   128 bytes   "accord server state 1\n", the job's id, "\n", the next step in decimal, "\n", then zeros
//   the rest    for each parameter in order its state_values numbers, float32, little-endian
//
// The head makes the object's name one that no other job has: it can be deleted when the next one has taken its place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/server_optimizer.h"
#include "coordinator/store/object_store.h"

namespace accord {

// Reads the state that a round begins with.
class ServerStateReader {
 public:
  // `object`: of the last round; nullptr before the first one. DATA_LOSS when it is of another size.
  static absl::StatusOr<ServerStateReader> Create(const ServerOptimizer& optimizer, uint64_t num_parameters,
                                                  std::shared_ptr<const ObjectReader> object);
  // Of the parameters from `first` on, as many as `state` has room for.
  absl::Status Read(uint64_t first, absl::Span<float> state) const;

 private:
  ServerStateReader(const ServerOptimizer& optimizer, std::shared_ptr<const ObjectReader> object)
      : optimizer_(optimizer), object_(std::move(object)) {}

  const ServerOptimizer& optimizer_;
  std::shared_ptr<const ObjectReader> object_;
};

// Writes the state that a round ends with. Not thread-safe.
class ServerStateWriter {
 public:
  // For the job's step `next_step`. Small states are kept in memory, for the database.
  static absl::StatusOr<ServerStateWriter> Create(const ServerOptimizer& optimizer, uint64_t num_parameters,
                                                  const std::string& job_id, uint32_t next_step, ObjectStore& objects);
  absl::Status Append(absl::Span<const float> state);

  struct Written {
    std::string name;   // empty: the rule keeps nothing
    std::string bytes;  // of a small one; else it is a durable file
  };
  absl::StatusOr<Written> Finish();

 private:
  ServerStateWriter() = default;

  bool keeps_ = false;
  std::string bytes_;
  std::unique_ptr<ObjectWriter> file_;  // of a large state
};

}  // namespace accord
