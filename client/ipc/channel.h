// Messages between the daemon and its trainer: protobuf datagrams over SOCK_SEQPACKET, file descriptors beside them.
//
// The daemon does not believe the trainer (it runs the job's model) and the trainer does not believe the daemon's peer,
// so every datagram is length-checked (at most kMaxDatagramBytes), parsed, and answered with an error when it is not a
// message.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/file.h"
#include "google/protobuf/message_lite.h"

namespace accord {

inline constexpr size_t kMaxDatagramBytes = size_t{1} << 20;  // larger payloads travel as memory files
inline constexpr size_t kMaxDescriptors = 4;

// One end. Movable; not thread-safe.
class IpcChannel {
 public:
  // Both ends, with CLOEXEC and buffers for the largest datagram.
  static absl::StatusOr<std::pair<IpcChannel, IpcChannel>> MakePair();
  explicit IpcChannel(UniqueFd fd) : fd_(std::move(fd)) {}

  absl::Status Send(const google::protobuf::MessageLite& message, absl::Span<const int> descriptors = {});
  // Waits at most `timeout` (InfiniteDuration: for ever). DEADLINE_EXCEEDED; UNAVAILABLE when the other end is gone;
  // INVALID_ARGUMENT for bytes that are no message.
  absl::Status Receive(google::protobuf::MessageLite& message, std::vector<UniqueFd>& descriptors,
                       absl::Duration timeout);

  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace accord
