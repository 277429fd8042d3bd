// Two-sided tail probabilities and 97.5 % points, for tests and intervals of estimates.
#pragma once

namespace accord {

// P(|Z| >= |z|), Z standard normal.
double NormalTwoSided(double z);
inline constexpr double kNormal975 = 1.959963984540054;

// P(|T| >= |t|), T of Student's distribution with `degrees` > 0 degrees of freedom. Relative error below 1e-9. Source:
// the incomplete beta function, NIST Digital Library of Mathematical Functions, 8.17(v).
double StudentTwoSided(double t, double degrees);
// t with StudentTwoSided(t, degrees) = 0.05.
double Student975(double degrees);

}  // namespace accord
