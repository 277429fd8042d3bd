// Arithmetic of GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (0x11b), eight elements in one word.
//
// No tables and no branches: a table's cache lines and a branch's time would tell about secrets that pass through.
// Source: FIPS 197, section 4.2 (the field); bytes side by side in a word after Warren, Hacker's Delight, section 2-18.
#pragma once

#include <cstdint>

namespace accord {

// Each of the eight bytes of `a` times x (the polynomial, 2 as a number).
inline uint64_t Gf256Double(uint64_t a) {
  const uint64_t carries = (a >> 7) & 0x0101010101010101u;  // 1 in each byte whose highest bit falls off
  const uint64_t shifted = (a & 0x7f7f7f7f7f7f7f7fu) << 1;
  return shifted ^ carries ^ (carries << 1) ^ (carries << 3) ^ (carries << 4);  // carries times 0x1b
}

// Each of the eight bytes of `a` times `b`.
inline uint64_t Gf256Multiply(uint64_t a, uint8_t b) {
  uint64_t product = 0;
  for (int bit = 0; bit < 8; ++bit) {
    product ^= a & (uint64_t{0} - ((b >> bit) & 1u));
    a = Gf256Double(a);
  }
  return product;
}

// The element times which `a` is 1; 0 for 0. a^254, because the 255 elements other than 0 are a group.
inline uint8_t Gf256Inverse(uint8_t a) {
  uint64_t power = a, result = 1;
  for (int bit = 1; bit < 8; ++bit) {  // 254 = 2 + 4 + ... + 128
    power = Gf256Multiply(power, static_cast<uint8_t>(power));
    result = Gf256Multiply(result, static_cast<uint8_t>(power));
  }
  return static_cast<uint8_t>(result);
}

}  // namespace accord
