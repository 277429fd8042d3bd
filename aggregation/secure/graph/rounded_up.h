// A non-negative number that is never below the exact value: every operation rounds up.
//
// Bounds on probabilities are computed with it, so the bound holds whatever the rounding, and all sites and the
// coordinator, on whatever machine, come to the same bound and so to the same graph: there is only integer arithmetic,
// no math library.
// A value is m * 2^e with 2^63 <= m < 2^64, or zero. One operation adds at most one part in 2^62; exponents reach far
// below any product of a few thousand ratios.
#pragma once

#include <cstdint>

namespace accord::secure {

class RoundedUp {
 public:
  RoundedUp() = default;  // zero
  static RoundedUp Integer(uint64_t value);
  // 2^exponent, exactly. Not below -2^30.
  static RoundedUp PowerOfTwo(int exponent);

  // Times numerator / denominator. 0 < denominator < 2^63.
  RoundedUp TimesRatio(uint64_t numerator, uint64_t denominator) const;
  RoundedUp operator*(const RoundedUp& other) const;
  RoundedUp operator+(const RoundedUp& other) const;

  bool IsZero() const { return mantissa_ == 0; }
  bool operator<(const RoundedUp& other) const;

  // The value is mantissa * 2^exponent, exactly.
  uint64_t mantissa() const { return mantissa_; }
  int64_t exponent() const { return exponent_; }
  // For people: -infinity for zero. Not for decisions.
  double Log2() const;

 private:
  RoundedUp(uint64_t mantissa, int64_t exponent) : mantissa_(mantissa), exponent_(exponent) {}
  // The least value of this form that is at least (high * 2^64 + low) * 2^exponent.
  static RoundedUp Above(uint64_t high, uint64_t low, int64_t exponent);

  uint64_t mantissa_ = 0;
  int64_t exponent_ = 0;
};

}  // namespace accord::secure
