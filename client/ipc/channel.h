// Messages between the daemon and its trainer: protobuf datagrams over SOCK_SEQPACKET, file descriptors beside them.
//
// A datagram is one byte of kind and then
//   kind 0: the message's bytes;
//   kind 1: the message's size (8 bytes, little-endian); its bytes are in the first descriptor, a sealed memory file.
// The second kind carries what does not fit into a datagram that every kernel's default buffers take.
//
// The daemon does not believe the trainer (it runs the job's model) and the trainer does not believe the daemon's
// peers, so every datagram is length-checked, its memory file's seals are checked (nobody can shrink it under the
// reader), and bytes that are no message are answered with an error.
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

inline constexpr size_t kMaxDatagramBytes = size_t{64} << 10;  // default socket buffers (208 KiB) hold three of them
inline constexpr size_t kMaxMessageBytes = size_t{1} << 30;    // a job's own model may be large
inline constexpr size_t kMaxDescriptors = 4;                   // beside one message

// One end. Movable; not thread-safe, except that another thread may call Shutdown.
class IpcChannel {
 public:
  // Both ends, with CLOEXEC.
  static absl::StatusOr<std::pair<IpcChannel, IpcChannel>> MakePair();
  explicit IpcChannel(UniqueFd fd) : fd_(std::move(fd)) {}

  // Blocks while the other end's buffer is full. INVALID_ARGUMENT: a message over kMaxMessageBytes or more than
  // kMaxDescriptors; UNAVAILABLE: the other end is gone.
  absl::Status Send(const google::protobuf::MessageLite& message, absl::Span<const int> descriptors = {});

  // Waits at most `timeout` (InfiniteDuration: for ever). DEADLINE_EXCEEDED; UNAVAILABLE when the other end is gone;
  // INVALID_ARGUMENT for bytes that are no message, for a message over `max_bytes` and for too many descriptors; the
  // datagram is consumed and the channel stays usable.
  absl::Status Receive(google::protobuf::MessageLite& message, std::vector<UniqueFd>& descriptors,
                       absl::Duration timeout, size_t max_bytes = kMaxMessageBytes);

  // Makes a Receive or Send of this end, in any thread, and all later ones return UNAVAILABLE. The other end sees the
  // same.
  void Shutdown() const;

  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace accord
