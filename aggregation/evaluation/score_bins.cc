#include "aggregation/evaluation/score_bins.h"

#include <algorithm>
#include <cmath>

namespace accord {
namespace {

constexpr double kScale = 4;  // log-odds at which half of a side's bins lie behind

}  // namespace

size_t OddsBin(double log_odds, size_t bins) {
  const double bounded = std::isnan(log_odds) ? 0 : std::clamp(log_odds, -1e9, 1e9);
  return EvenBin((1 + bounded / (kScale + std::abs(bounded))) / 2, bins);
}

double OddsOfBin(size_t bin, size_t bins) {
  const double centre = 2 * ProbabilityOfEvenBin(bin, bins) - 1;
  return kScale * centre / (1 - std::abs(centre));
}

double ProbabilityOfOddsBin(size_t bin, size_t bins) { return 1 / (1 + std::exp(-OddsOfBin(bin, bins))); }

size_t EvenBin(double probability, size_t bins) {
  const double place = std::isnan(probability) ? 0.5 : std::clamp(probability, 0.0, 1.0);
  return std::min(static_cast<size_t>(place * static_cast<double>(bins)), bins - 1);
}

double ProbabilityOfEvenBin(size_t bin, size_t bins) {
  return (static_cast<double>(bin) + 0.5) / static_cast<double>(bins);
}

}  // namespace accord
