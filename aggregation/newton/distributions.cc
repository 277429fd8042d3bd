#include "aggregation/newton/distributions.h"

#include <math.h>

#include <cmath>
#include <numbers>

namespace accord {
namespace {

// With more degrees of freedom the two distributions differ by less than 1e-7 of the tail where anybody looks.
constexpr double kLikeNormal = 1e7;

double LogGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

// The continued fraction of I_x(a, b) by Lentz's method; converges fast for x < (a + 1) / (a + b + 2).
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostTerms = 100'000;
  const auto not_zero = [](double value) { return std::fabs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m < kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / not_zero(1 + even * d);
    c = not_zero(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / not_zero(1 + odd * d);
    c = not_zero(1 + odd / c);
    fraction *= d * c;
    if (std::fabs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

// I_x(a, b), with the complement of x at hand where x is near 1.
double RegularisedBeta(double a, double b, double x, double complement) {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  const double front =
      std::exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * std::log(x) + b * std::log(complement));
  if (x < (a + 1) / (a + b + 2)) return front * BetaFraction(a, b, x) / a;
  return 1 - front * BetaFraction(b, a, complement) / b;
}

}  // namespace

double NormalTwoSided(double z) { return std::erfc(std::fabs(z) / std::numbers::sqrt2); }

double StudentTwoSided(double t, double degrees) {
  if (std::isnan(t) || degrees > kLikeNormal) return NormalTwoSided(t);
  const double square = t * t;
  if (std::isinf(square)) return 0;
  return RegularisedBeta(degrees / 2, 0.5, degrees / (degrees + square), square / (degrees + square));
}

double Student975(double degrees) {
  if (degrees > kLikeNormal) return kNormal975;
  double low = 0;
  double high = kNormal975;
  while (StudentTwoSided(high, degrees) > 0.05) high *= 2;
  for (int i = 0; i < 100; ++i) {
    const double middle = low + (high - low) / 2;
    (StudentTwoSided(middle, degrees) > 0.05 ? low : high) = middle;
  }
  return high;
}

}  // namespace accord
