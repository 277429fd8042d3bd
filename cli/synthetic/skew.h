// How the rows of synthetic hospitals differ from hospital to hospital, in the terms in which the field speaks of data
// that are not identically distributed.
//
// Sources: Hsu, Qi and Brown 2019, "Measuring the effects of non-identical data distribution for federated visual
// classification", section 3 (labels); Li et al. 2022, "Federated learning on non-IID data silos: an experimental
// study", section III (labels, features, quantity).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/random_stream.h"

namespace accord {

struct Skew {
  // Feature shift: a hospital's mean of each numeric feature lies off the common one by a normal number of this
  // standard deviation, in spreads of the feature; so do the logarithms of each category's shares. P(target | features)
  // stays.
  double feature = 0.3;
  // A hospital's log-odds of each class (regression: the target's mean, in units of the noise-free score) lie off the
  // common ones by a normal number of this standard deviation.
  double prevalence = 0.4;
  // Label skew: a hospital's class shares are drawn from a Dirichlet distribution of this concentration, and its rows
  // of a class from the common ones of that class: P(features | class) stays. The smaller, the more one-sided. 0: none.
  double label_alpha = 0;
  // Quantity skew: the hospitals' shares of all rows are drawn from a Dirichlet distribution of this concentration. 0:
  // none.
  double quantity_alpha = 0;

  // Features and prevalence in one number: 0 all hospitals alike, 1 clearly different, more caricatures.
  static Skew Overall(double amount) { return {.feature = 0.6 * amount, .prevalence = 0.8 * amount}; }
};

// "none", an overall amount from 0 to 3, or kinds with commas between them, of which those not named are 0:
// "label=0.3,quantity=0.5,feature=1,prevalence=0.8". INVALID_ARGUMENT says what was expected.
absl::StatusOr<Skew> ParseSkew(absl::string_view text);
// INVALID_ARGUMENT for a number out of range.
absl::Status CheckSkew(const Skew& skew);
// "label Dirichlet(0.3), feature shift 1", or "none".
std::string SkewInWords(const Skew& skew);

// Shares that sum to 1; `concentrations` above 0, from 0.001 on without underflow.
std::vector<double> DrawDirichlet(const std::vector<double>& concentrations, RandomStream& stream);

// A hospital's class shares under label skew: concentrations of alpha each where the common shares are even, and in
// proportion to them elsewhere.
std::vector<double> DrawLabelSkew(const std::vector<double>& common, double alpha, RandomStream& stream);

// Rows of each of `num_sites` hospitals, `rows_per_site` on average: all alike without quantity skew, else by drawn
// shares, though at least ten (or as many as there are).
std::vector<uint64_t> DrawRowsOfSites(uint32_t num_sites, uint64_t rows_per_site, double quantity_alpha, uint64_t seed);

}  // namespace accord
