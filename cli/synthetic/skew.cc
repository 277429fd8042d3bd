#include "cli/synthetic/skew.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "cli/synthetic/ground_truth.h"

namespace accord {
namespace {

constexpr double kMostOverall = 3;
constexpr double kMostShift = 10;
// Below, a hospital has one class only; above, hospitals are alike to the last row.
constexpr double kLeastAlpha = 0.01;
constexpr double kMostAlpha = 10000;
// So that every hospital can train and test at all (Li et al. 2022 draw again until each party has ten).
constexpr uint64_t kLeastRows = 10;

constexpr char kExpected[] =
    "expected none, a number from 0 to 3, or kinds such as label=0.3,quantity=0.5,feature=1,prevalence=0.8";

struct Kind {
  const char* name;
  double Skew::*value;
};
constexpr Kind kKinds[] = {{"feature", &Skew::feature},
                           {"prevalence", &Skew::prevalence},
                           {"label", &Skew::label_alpha},
                           {"quantity", &Skew::quantity_alpha}};

// The logarithm of a number of the gamma distribution with this shape and scale 1 (Marsaglia and Tsang 2000; for shapes
// below 1 their section 6, in logarithms since u^(1/shape) may be no number above 0).
double NextLogGamma(double shape, RandomStream& stream) {
  if (shape < 1) {
    const double boost = std::log(1 - stream.NextDouble()) / shape;
    return NextLogGamma(shape + 1, stream) + boost;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = NextNormal(stream);
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - stream.NextDouble();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

absl::Status CheckAlpha(const char* kind, double alpha) {
  if (alpha == 0 || (alpha >= kLeastAlpha && alpha <= kMostAlpha)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--skew ", kind, "=", alpha, ": the concentration must be ",
                                                 kLeastAlpha, " (one-sided) to ", kMostAlpha, " (all alike)"));
}

absl::Status CheckShift(const char* kind, double shift) {
  if (shift >= 0 && shift <= kMostShift) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--skew ", kind, "=", shift, ": expected 0 to ", kMostShift, " standard deviations"));
}

}  // namespace

absl::StatusOr<Skew> ParseSkew(absl::string_view text) {
  if (text == "none") return Skew::Overall(0);
  if (double amount = 0; absl::SimpleAtod(text, &amount)) {
    if (amount >= 0 && amount <= kMostOverall) return Skew::Overall(amount);
    return absl::InvalidArgumentError(absl::StrCat("--skew ", text, ": ", kExpected));
  }
  Skew skew = Skew::Overall(0);
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<absl::string_view> sides = absl::StrSplit(part, '=');
    const Kind* kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& entry) { return sides[0] == entry.name; });
    double value = 0;
    if (kind == std::end(kKinds) || sides.size() != 2 || !absl::SimpleAtod(sides[1], &value)) {
      return absl::InvalidArgumentError(absl::StrCat("--skew: \"", part, "\" is no kind of skew; ", kExpected));
    }
    if (skew.*(kind->value) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("--skew names ", kind->name, " twice"));
    }
    skew.*(kind->value) = value;
  }
  ACCORD_RETURN_IF_ERROR(CheckSkew(skew));
  return skew;
}

absl::Status CheckSkew(const Skew& skew) {
  ACCORD_RETURN_IF_ERROR(CheckShift("feature", skew.feature));
  ACCORD_RETURN_IF_ERROR(CheckShift("prevalence", skew.prevalence));
  ACCORD_RETURN_IF_ERROR(CheckAlpha("label", skew.label_alpha));
  return CheckAlpha("quantity", skew.quantity_alpha);
}

std::string SkewInWords(const Skew& skew) {
  std::vector<std::string> parts;
  if (skew.label_alpha > 0) parts.push_back(absl::StrCat("label Dirichlet(", skew.label_alpha, ")"));
  if (skew.quantity_alpha > 0) parts.push_back(absl::StrCat("quantity Dirichlet(", skew.quantity_alpha, ")"));
  if (skew.feature > 0) parts.push_back(absl::StrCat("feature shift ", skew.feature));
  if (skew.prevalence > 0) parts.push_back(absl::StrCat("prevalence shift ", skew.prevalence));
  return parts.empty() ? "none" : absl::StrJoin(parts, ", ");
}

std::vector<double> DrawDirichlet(const std::vector<double>& concentrations, RandomStream& stream) {
  std::vector<double> shares;
  for (const double concentration : concentrations) shares.push_back(NextLogGamma(concentration, stream));
  const double largest = *std::max_element(shares.begin(), shares.end());
  double total = 0;
  for (double& share : shares) total += share = std::exp(share - largest);
  for (double& share : shares) share /= total;
  return shares;
}

std::vector<double> DrawLabelSkew(const std::vector<double>& common, double alpha, RandomStream& stream) {
  std::vector<double> concentrations;
  for (const double share : common) {
    concentrations.push_back(std::max(1e-3, share * alpha * static_cast<double>(common.size())));
  }
  return DrawDirichlet(concentrations, stream);
}

std::vector<uint64_t> DrawRowsOfSites(uint32_t num_sites, uint64_t rows_per_site, double quantity_alpha,
                                      uint64_t seed) {
  if (quantity_alpha == 0) return std::vector<uint64_t>(num_sites, rows_per_site);
  RandomStream stream({.job_seed = seed, .site = "", .round = 0, .use = "synthetic-quantities"});
  const auto shares = DrawDirichlet(std::vector<double>(num_sites, quantity_alpha), stream);
  const uint64_t least = std::min(kLeastRows, rows_per_site);
  const auto to_share = static_cast<double>(num_sites * (rows_per_site - least));
  // Differences of rounded cumulative sums: they add up to the whole.
  std::vector<uint64_t> rows;
  double cumulative = 0;
  uint64_t before = 0;
  for (uint32_t site = 0; site < num_sites; ++site) {
    cumulative += shares[site];
    const double share = site + 1 == num_sites ? 1 : std::min(1.0, cumulative);
    const auto until = static_cast<uint64_t>(std::llround(share * to_share));
    rows.push_back(least + until - before);
    before = until;
  }
  return rows;
}

}  // namespace accord
