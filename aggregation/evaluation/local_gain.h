// What sites gain by the federation (job.proto, LocalGain): one site's gain and the bin that it lies in, and from the
// sum of all sites' bins what a report may show.
//
// A bin of one site would be that site's figure to whoever knows that it took part; so would a bin that holds all
// sites. Bins are therefore joined with their neighbours, from the lowest on, until each has a minimum of sites, and
// with fewer than two such bins nothing is shown. So of two shown bins neither tells where one site lies, also not to
// that many less one of the sites together, which know their own (the test goes through all small tables).
//
// What this does not do: it protects the readers of a report. Whoever sees the sum itself, as the coordinator does,
// sees the bins as they are, though not whose they are; and a second job over almost the same sites tells those that
// differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/evaluation/summed_blocks.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// How much better a figure of the common model is than one of the model that a site trained alone; negative: worse.
double GainOf(v1::Evaluation::Metric metric, double common, double alone);

// Bin 0: below the first edge; bin i: from edge i - 1 on, and below edge i where there is one. Edges ascend.
size_t GainBin(absl::Span<const double> edges, double gain);

// `sites[b]`: sites in bin b. Neighbouring bins that are shown together, as [first, last + 1); fewer than two: nothing
// may be shown, and none are returned.
struct JoinedBins {
  size_t first = 0;
  size_t end = 0;
  uint64_t sites = 0;
};
std::vector<JoinedBins> JoinBins(absl::Span<const uint64_t> sites, uint64_t minimum);

// Of an evaluation's sum over so many sites. `blocks` has the histogram.
v1::LocalGains GainsFromSums(const v1::JobSpec& spec, const SummedBlocks& blocks, uint32_t num_sites);

}  // namespace accord
