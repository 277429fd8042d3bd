#include "cli/synthetic/label_shares.h"

#include <cmath>

#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/skew.h"
#include "cli/synthetic/statistics.h"

namespace accord {
namespace {

// Log-share of a class, in shifts of prevalence.
constexpr double kSharesDiffer = 2.5;

}  // namespace

std::vector<double> DrawLabelShares(const v1::DataSchema& schema, const SyntheticOptions& options,
                                    const std::string& site, RandomStream& stream) {
  const v1::Category& classes = schema.target().category();
  const auto num_classes = static_cast<size_t>(classes.levels_size());
  const v1::PublishedSite* published = PublishedSiteOf(options.statistics, site);
  if (published != nullptr && !published->classes().empty()) return LevelShares(published->classes(), classes);
  std::vector<double> shares(num_classes, 1.0 / static_cast<double>(num_classes));
  if (!options.statistics.classes().empty()) shares = LevelShares(options.statistics.classes(), classes);
  if (options.skew.label_alpha > 0) return DrawLabelSkew(shares, options.skew.label_alpha, stream);
  double total = 0;
  for (double& share : shares) {
    share *= std::exp(kSharesDiffer * options.skew.prevalence * NextNormal(stream));
    total += share;
  }
  for (double& share : shares) share /= total;
  return shares;
}

}  // namespace accord
