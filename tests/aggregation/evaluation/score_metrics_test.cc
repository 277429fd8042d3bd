// Metrics from histograms against the same metrics of the scores themselves, computed in the plainest way.
#include "aggregation/evaluation/score_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "aggregation/evaluation/score_bins.h"
#include "base/random_stream.h"

namespace accord {
namespace {

constexpr size_t kBins = 256;

struct Scored {
  double p = 0;
  bool positive = false;
};

// `informed`: how much the scores say; 0: nothing.
std::vector<Scored> SomeScores(int rows, double informed, uint64_t seed) {
  RandomStream random({seed, "", 0, "scores"});
  std::vector<Scored> scored;
  for (int i = 0; i < rows; ++i) {
    const bool positive = random.NextDouble() < 0.3;
    const double log_odds = 4 * (random.NextDouble() - 0.5) + (positive ? informed : -informed);
    scored.push_back({1 / (1 + std::exp(-log_odds)), positive});
  }
  return scored;
}

struct Histograms {
  std::vector<double> negatives = std::vector<double>(kBins);
  std::vector<double> positives = std::vector<double>(kBins);
};

size_t BinOf(double p) { return EvenBin(p, kBins); }

Histograms HistogramsOf(const std::vector<Scored>& scored) {
  Histograms histograms;
  for (const Scored& row : scored) ++(row.positive ? histograms.positives : histograms.negatives)[BinOf(row.p)];
  return histograms;
}

Histograms OddsHistogramsOf(const std::vector<Scored>& scored) {
  Histograms histograms;
  for (const Scored& row : scored) {
    ++(row.positive ? histograms.positives : histograms.negatives)[OddsBin(std::log(row.p / (1 - row.p)), kBins)];
  }
  return histograms;
}

TEST(ScoreBins, HoldTheirCentresAndAreInOrder) {
  for (const size_t bins : {64u, 256u}) {
    for (size_t bin = 0; bin < bins; ++bin) {
      EXPECT_EQ(OddsBin(OddsOfBin(bin, bins), bins), bin);
      EXPECT_EQ(EvenBin(ProbabilityOfEvenBin(bin, bins), bins), bin);
      EXPECT_NEAR(ProbabilityOfOddsBin(bin, bins), 1 - ProbabilityOfOddsBin(bins - 1 - bin, bins), 1e-12);
    }
  }
}

TEST(ScoreBins, TakeWhateverAModelSays) {
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  EXPECT_EQ(OddsBin(-kEndless, kBins), 0u);
  EXPECT_EQ(OddsBin(kEndless, kBins), kBins - 1);
  EXPECT_EQ(OddsBin(std::nan(""), kBins), kBins / 2);
  EXPECT_EQ(EvenBin(1, kBins), kBins - 1);
  EXPECT_EQ(EvenBin(std::nan(""), kBins), kBins / 2);
}

// Where a probability counts most, at one half, a bin of log-odds is twice as wide as an equal one.
TEST(CalibrationError, FromLogOddsIsThatOfTheScoresToOneBin) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::vector<Scored> scored = SomeScores(400, 0.5, seed);
    const Histograms histograms = OddsHistogramsOf(scored);
    double said = 0;
    double so = 0;
    for (const Scored& row : scored) {
      said += row.p;
      so += row.positive;
    }
    // One bin alone: no edge to fall on either side of.
    EXPECT_NEAR(*ExpectedCalibrationError(histograms.negatives, histograms.positives, ProbabilityOfOddsBin, 1),
                std::abs(said - so) / 400, 1.0 / kBins);
  }
}

// By definition: over all distinct thresholds from above, each counted over all rows.
double PlainAveragePrecision(const std::vector<Scored>& scored) {
  std::vector<double> thresholds;
  for (const Scored& row : scored) thresholds.push_back(row.p);
  std::sort(thresholds.rbegin(), thresholds.rend());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  double positives = 0;
  for (const Scored& row : scored) positives += row.positive;
  double area = 0;
  double recall_before = 0;
  for (const double threshold : thresholds) {
    double right = 0;
    double taken = 0;
    for (const Scored& row : scored) {
      taken += row.p >= threshold;
      right += row.p >= threshold && row.positive;
    }
    area += (right / positives - recall_before) * (right / taken);
    recall_before = right / positives;
  }
  return area;
}

// The scores as the histogram knows them, moved within their bin: by class, so that the order in it is the best or the
// worst there is; or all to its centre.
std::vector<Scored> MovedInTheirBins(std::vector<Scored> scored, double of_positives, double of_negatives) {
  for (Scored& row : scored) {
    row.p = (static_cast<double>(BinOf(row.p)) + (row.positive ? of_positives : of_negatives)) / kBins;
  }
  return scored;
}

TEST(AveragePrecision, IsThatOfTheScoresWithTiesInABin) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::vector<Scored> scored = SomeScores(300, 0.5, seed);
    const Histograms histograms = HistogramsOf(scored);
    const std::vector<Scored> centred = MovedInTheirBins(scored, 0.5, 0.5);
    EXPECT_NEAR(*AveragePrecision(histograms.negatives, histograms.positives), PlainAveragePrecision(centred), 1e-12);
  }
}

TEST(AveragePrecision, IsOffTheScoresByNoMoreThanTheOrderWithinBins) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::vector<Scored> scored = SomeScores(500, 0.7, seed);
    const Histograms histograms = HistogramsOf(scored);
    const double found = *AveragePrecision(histograms.negatives, histograms.positives);
    const double best = PlainAveragePrecision(MovedInTheirBins(scored, 0.6, 0.4));
    const double worst = PlainAveragePrecision(MovedInTheirBins(scored, 0.4, 0.6));
    const double plain = PlainAveragePrecision(scored);
    EXPECT_LE(worst, plain);
    EXPECT_LE(plain, best);
    EXPECT_LE(worst, found + 1e-12);
    EXPECT_LE(found, best + 1e-12);
    EXPECT_LT(best - worst, 0.03) << "256 bins are fine enough";
  }
}

TEST(AveragePrecision, OfScoresThatSayNothingIsThePrevalence) {
  EXPECT_DOUBLE_EQ(*AveragePrecision(std::vector<double>{60, 0}, std::vector<double>{40, 0}), 0.4);
}

TEST(AveragePrecision, OfPerfectScoresIsOneAndOfNoPositiveNothing) {
  EXPECT_DOUBLE_EQ(*AveragePrecision(std::vector<double>{60, 0}, std::vector<double>{0, 40}), 1);
  EXPECT_FALSE(AveragePrecision(std::vector<double>{60, 0}, std::vector<double>{0, 0}).has_value());
}

// Over bins whose edges lie at the nearest 256th, as declared.
double PlainCalibrationError(const std::vector<Scored>& scored, int bins) {
  double error = 0;
  for (int bin = 0; bin < bins; ++bin) {
    const double low = std::round(bin * 256.0 / bins) / 256;
    const double high = std::round((bin + 1) * 256.0 / bins) / 256;
    double said = 0;
    double so = 0;
    for (const Scored& row : scored) {
      const bool inside = row.p >= low && (row.p < high || bin + 1 == bins);
      if (!inside) continue;
      said += row.p;
      so += row.positive;
    }
    error += std::abs(said - so);
  }
  return error / static_cast<double>(scored.size());
}

TEST(CalibrationError, IsThatOfTheScoresToHalfABin) {
  for (const int bins : {2, 10, 15, 64}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      const std::vector<Scored> scored = SomeScores(400, 0.5, seed);
      const Histograms histograms = HistogramsOf(scored);
      const auto found = ExpectedCalibrationError(histograms.negatives, histograms.positives, ProbabilityOfEvenBin,
                                                  static_cast<size_t>(bins));
      EXPECT_NEAR(*found, PlainCalibrationError(scored, bins), 0.5 / kBins) << bins;
    }
  }
}

TEST(CalibrationError, WithoutRowsIsNothing) {
  EXPECT_FALSE(ExpectedCalibrationError(std::vector<double>(256), std::vector<double>(256), ProbabilityOfEvenBin, 10)
                   .has_value());
}

// The maximum of the likelihood of the scores themselves, by halving intervals along one axis after the other.
Recalibration PlainRecalibration(const std::vector<Scored>& scored) {
  const auto log_likelihood = [&](double intercept, double slope) {
    double sum = 0;
    for (const Scored& row : scored) {
      const double odds = intercept + slope * std::log(row.p / (1 - row.p));
      sum -= std::log1p(std::exp(row.positive ? -odds : odds));
    }
    return sum;
  };
  Recalibration at = {0, 1};
  for (int sweep = 0; sweep < 60; ++sweep) {
    for (double Recalibration::*axis : {&Recalibration::intercept, &Recalibration::slope}) {
      double low = -5;
      double high = 5;
      for (int step = 0; step < 60; ++step) {
        Recalibration left = at;
        Recalibration right = at;
        left.*axis = low + (high - low) / 3;
        right.*axis = high - (high - low) / 3;
        const bool rises = log_likelihood(left.intercept, left.slope) < log_likelihood(right.intercept, right.slope);
        (rises ? low : high) = rises ? left.*axis : right.*axis;
      }
      at.*axis = (low + high) / 2;
    }
  }
  return at;
}

TEST(Recalibration, IsThatOfTheScores) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    const std::vector<Scored> scored = SomeScores(400, 0.4, seed);
    const Histograms histograms = OddsHistogramsOf(scored);
    const auto found = Recalibrate(histograms.negatives, histograms.positives);
    ASSERT_TRUE(found.has_value());
    const Recalibration plain = PlainRecalibration(scored);
    EXPECT_NEAR(found->intercept, plain.intercept, 0.02);
    EXPECT_NEAR(found->slope, plain.slope, 0.02);
  }
}

TEST(Recalibration, OfProbabilitiesThatAreWhatTheySayIsZeroAndOne) {
  std::vector<double> negatives(256);
  std::vector<double> positives(256);
  for (size_t bin = 0; bin < 256; ++bin) {
    const double p = ProbabilityOfOddsBin(bin, 256);
    positives[bin] = 1000 * p;
    negatives[bin] = 1000 * (1 - p);
  }
  const auto found = Recalibrate(negatives, positives);
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->intercept, 0, 1e-9);
  EXPECT_NEAR(found->slope, 1, 1e-9);
}

TEST(Recalibration, IsNothingWhereTheLikelihoodHasNoMaximum) {
  std::vector<double> low(256);
  std::vector<double> high(256);
  low[20] = 30;
  high[200] = 30;
  EXPECT_FALSE(Recalibrate(low, high).has_value()) << "classes told apart without error";
  EXPECT_FALSE(Recalibrate(low, low).has_value()) << "one bin";
  EXPECT_FALSE(Recalibrate(low, std::vector<double>(256)).has_value()) << "one class";
  EXPECT_FALSE(Recalibrate(std::vector<double>(256), std::vector<double>(256)).has_value()) << "no rows";
}

}  // namespace
}  // namespace accord
