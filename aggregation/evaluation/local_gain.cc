#include "aggregation/evaluation/local_gain.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "aggregation/evaluation/best_round.h"
#include "aggregation/programs/step_schema.h"

namespace accord {

double GainOf(v1::Evaluation::Metric metric, double common, double alone) {
  return MoreIsBetter(metric) ? common - alone : alone - common;
}

size_t GainBin(absl::Span<const double> edges, double gain) {
  return static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), gain) - edges.begin());
}

std::vector<JoinedBins> JoinBins(absl::Span<const uint64_t> sites, uint64_t minimum) {
  std::vector<JoinedBins> joined;
  JoinedBins open;
  for (size_t bin = 0; bin < sites.size(); ++bin) {
    open.end = bin + 1;
    open.sites += sites[bin];
    if (open.sites < minimum) continue;
    joined.push_back(open);
    open = {bin + 1, bin + 1, 0};
  }
  if (joined.empty()) return {};
  joined.back().end = sites.size();
  joined.back().sites += open.sites;
  if (joined.size() < 2) return {};
  return joined;
}

v1::LocalGains GainsFromSums(const v1::JobSpec& spec, const SummedBlocks& blocks, uint32_t num_sites) {
  const v1::LocalGain& asked = spec.evaluation().local_gain();
  std::vector<uint64_t> sites;
  for (const double count : blocks.Numbers(kLocalGainBlock)) sites.push_back(static_cast<uint64_t>(count));
  v1::LocalGains gains;
  gains.set_metric(asked.metric());
  gains.set_sites(num_sites);
  gains.set_minimum_sites(asked.minimum_sites());
  if (std::accumulate(sites.begin(), sites.end(), uint64_t{0}) > num_sites) {
    gains.set_withheld("there are more gains than sites: one of them sent a wrong vector");
    return gains;
  }
  const std::vector<JoinedBins> joined = JoinBins(sites, asked.minimum_sites());
  if (joined.empty()) {
    // Which of the two it is would tell about sites that lie in one bin.
    gains.set_withheld(absl::StrCat("no two bins have ", asked.minimum_sites(),
                                    " sites each, also where neighbours are joined: too few sites have a gain, or too "
                                    "many lie in one bin"));
    return gains;
  }
  for (const JoinedBins& bins : joined) {
    v1::LocalGains::Bin& bin = *gains.add_bins();
    if (bins.first > 0) bin.set_from(asked.bins(static_cast<int>(bins.first) - 1));
    if (bins.end < sites.size()) bin.set_below(asked.bins(static_cast<int>(bins.end) - 1));
    bin.set_sites(static_cast<uint32_t>(bins.sites));
  }
  return gains;
}

}  // namespace accord
