// Signed bytes between the wire's messages and the machines.
#pragma once

#include <vector>

#include "aggregation/secure/messages/signed_bytes.h"
#include "proto/accord/v1/signed.pb.h"

namespace accord::secure {

inline SignedBytes FromWire(const v1::SignedBytes& message) { return {message.bytes(), message.signature()}; }

inline std::vector<SignedBytes> FromWire(const google::protobuf::RepeatedPtrField<v1::SignedBytes>& messages) {
  std::vector<SignedBytes> list;
  list.reserve(static_cast<size_t>(messages.size()));
  for (const v1::SignedBytes& message : messages) list.push_back(FromWire(message));
  return list;
}

inline v1::SignedBytes ToWire(const SignedBytes& message) {
  v1::SignedBytes wire;
  wire.set_bytes(message.bytes);
  wire.set_signature(message.signature);
  return wire;
}

}  // namespace accord::secure
