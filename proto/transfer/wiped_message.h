// A message of a site that leaves nothing secret behind in memory. Of all messages only RevealAnswer carries secrets:
// seeds of masks. They are no secret to the coordinator once it has them, but whoever later reads the memory (a core
// dump, a page that is swapped out) of either end must not find seeds of an attempt whose vectors lie about masked.
//
// Held this way from where a message is handed to a session (site) or read from it (coordinator) to its end, whatever
// that is: sent, dropped for want of a connection, taken, refused. In between it is only moved, and protobuf moves a
// string's memory, not its bytes.
// Out of reach: gRPC's buffers and those of TLS, which hold the message as bytes for a while on both sides, and what
// protobuf's parser leaves where a string grew while it was read.
#pragma once

#include <utility>

#include "base/secret.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Overwrites the seeds in the message, if there are any.
inline void WipeSeeds(v1::SiteMessage& message) {
  if (message.has_reveal_answer()) WipeString(*message.mutable_reveal_answer()->mutable_seeds());
}

// Move-only. Not thread-safe.
class WipedMessage {
 public:
  WipedMessage() = default;
  explicit WipedMessage(v1::SiteMessage&& message) : message_(std::move(message)) {}
  ~WipedMessage() { WipeSeeds(message_); }
  WipedMessage(WipedMessage&& other) noexcept : message_(std::move(other.message_)) {}
  WipedMessage& operator=(WipedMessage&&) = delete;

  v1::SiteMessage& get() { return message_; }
  const v1::SiteMessage& get() const { return message_; }

 private:
  v1::SiteMessage message_;
};

}  // namespace accord
