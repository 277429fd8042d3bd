// Messages that wait to be sent to one site, in their order.
//
// A site that works has few of each of its jobs on the way. One that reads nothing, or slowly, fills no memory: what a
// later message makes useless it takes the place of, and beyond a bound of number and of bytes nothing is taken.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "absl/status/status.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Not thread-safe.
class SendQueue {
 public:
  static constexpr size_t kMaxMessages = 4096;
  // Four messages of the largest kind, an epoch's keys (docs/wire.md). Papers do not count: there are those of each job
  // once, and all sites share them.
  static constexpr size_t kMaxBytes = size_t{256} << 20;

  // Behind all others, or in the place of one that it makes useless, so that it still comes before whatever that one
  // came before: papers in the place of the same job's, an answer about rosters in the place of an earlier one.
  // RESOURCE_EXHAUSTED: no room.
  absl::Status Push(std::shared_ptr<const v1::CoordinatorMessage> message);

  bool empty() const { return waiting_.empty(); }
  // How many bytes count.
  size_t num_bytes() const { return num_bytes_; }
  // The next one leaves the queue. Not of an empty one.
  std::shared_ptr<const v1::CoordinatorMessage> Pop();
  void Clear();

 private:
  struct Waiting {
    std::shared_ptr<const v1::CoordinatorMessage> message;
    size_t num_bytes = 0;  // that count
  };
  std::deque<Waiting> waiting_;
  size_t num_bytes_ = 0;
};

}  // namespace accord
