// The version of everything that coordinator and sites say to each other: it grows with every change of a message or of
// what is hashed and signed. Both refuse a peer of another one.
#pragma once

#include <cstdint>

namespace accord {

inline constexpr uint32_t kProtocolVersion = 5;

}  // namespace accord
