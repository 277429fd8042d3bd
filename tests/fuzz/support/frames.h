// Several messages in one input: each behind its length in two bytes (little-endian).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace accord::fuzz {

inline std::string Frame(absl::string_view bytes) {
  const char head[] = {static_cast<char>(bytes.size()), static_cast<char>(bytes.size() >> 8)};
  return absl::StrCat(absl::string_view(head, sizeof(head)), bytes);
}

// The next one, taken off the front of `input`; nullopt at the end, or where it is cut off.
inline std::optional<absl::string_view> NextFrame(absl::string_view& input) {
  if (input.size() < 2) return std::nullopt;
  const size_t size = static_cast<uint8_t>(input[0]) + (size_t{static_cast<uint8_t>(input[1])} << 8);
  if (size > input.size() - 2) return std::nullopt;
  const absl::string_view frame = input.substr(2, size);
  input.remove_prefix(2 + size);
  return frame;
}

template <typename Message>
bool ParseFrame(absl::string_view& input, Message& message) {
  const std::optional<absl::string_view> frame = NextFrame(input);
  return frame.has_value() && message.ParseFromArray(frame->data(), static_cast<int>(frame->size()));
}

// The first byte of an input, which says what reads the rest; 0 where there is none.
inline char TakeSelector(absl::string_view& input) {
  if (input.empty()) return 0;
  const char selector = input[0];
  input.remove_prefix(1);
  return selector;
}

}  // namespace accord::fuzz
