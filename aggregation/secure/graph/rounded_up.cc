#include "aggregation/secure/graph/rounded_up.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/numeric/bits.h"
#include "absl/numeric/int128.h"

namespace accord::secure {
namespace {

int LeadingZeros(absl::uint128 value) {
  const uint64_t high = absl::Uint128High64(value);
  return high != 0 ? absl::countl_zero(high) : 64 + absl::countl_zero(absl::Uint128Low64(value));
}

}  // namespace

RoundedUp RoundedUp::Above(uint64_t high, uint64_t low, int64_t exponent) {
  if (high == 0 && low == 0) return RoundedUp();
  absl::uint128 value = absl::MakeUint128(high, low);
  const int shift = LeadingZeros(value);
  value <<= shift;
  const uint64_t mantissa = absl::Uint128High64(value);
  exponent += 64 - shift;
  if (absl::Uint128Low64(value) == 0) return RoundedUp(mantissa, exponent);
  if (mantissa == UINT64_MAX) return RoundedUp(uint64_t{1} << 63, exponent + 1);
  return RoundedUp(mantissa + 1, exponent);
}

RoundedUp RoundedUp::Integer(uint64_t value) { return Above(0, value, 0); }

RoundedUp RoundedUp::PowerOfTwo(int exponent) { return RoundedUp(uint64_t{1} << 63, int64_t{exponent} - 63); }

RoundedUp RoundedUp::TimesRatio(uint64_t numerator, uint64_t denominator) const {
  if (IsZero() || numerator == 0) return RoundedUp();
  // The product is moved up to the top of its 128 bits, so that the quotient has at least 64 of them.
  absl::uint128 product = absl::uint128(mantissa_) * numerator;
  const int room = LeadingZeros(product);
  product <<= room;
  absl::uint128 quotient = product / denominator;
  if (quotient * denominator != product) ++quotient;  // no overflow: a remainder means denominator >= 2
  return Above(absl::Uint128High64(quotient), absl::Uint128Low64(quotient), exponent_ - room);
}

RoundedUp RoundedUp::operator*(const RoundedUp& other) const {
  const absl::uint128 product = absl::uint128(mantissa_) * other.mantissa_;
  return Above(absl::Uint128High64(product), absl::Uint128Low64(product), exponent_ + other.exponent_);
}

RoundedUp RoundedUp::operator+(const RoundedUp& other) const {
  if (other.IsZero()) return *this;
  if (IsZero()) return other;
  RoundedUp larger = *this, smaller = other;
  if (larger < smaller) std::swap(larger, smaller);
  // One spare bit on top, 63 below the last bit that is kept. An addend that lies below that one altogether only has to
  // be there for the sum to go up.
  const int64_t distance = larger.exponent_ - smaller.exponent_;
  absl::uint128 sum = absl::MakeUint128(larger.mantissa_, 0) >> 1;
  absl::uint128 addend = absl::MakeUint128(smaller.mantissa_, 0) >> 1;
  addend = distance > 63 ? absl::uint128(1) : addend >> static_cast<int>(distance);
  sum += addend;
  return Above(absl::Uint128High64(sum), absl::Uint128Low64(sum), larger.exponent_ - 63);
}

bool RoundedUp::operator<(const RoundedUp& other) const {
  if (IsZero() || other.IsZero()) return IsZero() && !other.IsZero();
  if (exponent_ != other.exponent_) return exponent_ < other.exponent_;
  return mantissa_ < other.mantissa_;
}

double RoundedUp::Log2() const {
  if (IsZero()) return -std::numeric_limits<double>::infinity();
  return std::log2(static_cast<double>(mantissa_)) + static_cast<double>(exponent_);
}

}  // namespace accord::secure
