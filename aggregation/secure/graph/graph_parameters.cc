#include "aggregation/secure/graph/graph_parameters.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/secure/graph/graph_risks.h"
#include "aggregation/secure/graph/rounded_up.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr uint32_t kMaxBits = 128;
constexpr uint32_t kMaxDrawBits = 64;
// The greatest even number of positions in GF(2^8) without zero.
constexpr uint32_t kMaxEvenDegree = kMaxNeighbours - kMaxNeighbours % 2;
// With a threshold of one, a share would be the seed.
constexpr uint32_t kMinShareThreshold = 2;
constexpr double kMillion = 1e6;

absl::Status CheckDemand(const GraphDemand& demand) {
  if (demand.num_sites < 3 || demand.num_sites > kMaxCohort) {
    return absl::InvalidArgumentError(
        absl::StrCat("a sparse graph has 3 to ", kMaxCohort, " sites, not ", demand.num_sites));
  }
  if (uint64_t{demand.corrupt_sites} + demand.missing_sites >= demand.num_sites) {
    return absl::InvalidArgumentError(absl::StrCat("with ", demand.corrupt_sites, " colluding and ",
                                                   demand.missing_sites, " missing of ", demand.num_sites,
                                                   " sites nobody honest need be left"));
  }
  for (uint32_t bits : {demand.security_bits, demand.correctness_bits}) {
    if (bits < 1 || bits > kMaxBits) {
      return absl::InvalidArgumentError(absl::StrCat("bounds are 2^-1 to 2^-", kMaxBits, ", not 2^-", bits));
    }
  }
  if (demand.draw_bits > kMaxDrawBits) {
    return absl::InvalidArgumentError(absl::StrCat("2^", demand.draw_bits, " rings are more than are ever drawn"));
  }
  return absl::OkStatus();
}

GraphCase CaseOf(const GraphDemand& demand, const GraphParameters& parameters) {
  return {.num_sites = demand.num_sites,
          .corrupt_sites = demand.corrupt_sites,
          .missing_sites = demand.missing_sites,
          .degree = parameters.degree,
          .share_threshold = parameters.share_threshold};
}

bool IsBelow(const RoundedUp& risk, uint32_t bits) { return risk < RoundedUp::PowerOfTwo(-static_cast<int>(bits)); }

std::string InWords(const RoundedUp& risk) {
  if (risk.IsZero()) return "zero";
  if (!IsBelow(risk, 0)) return "up to one";
  return absl::StrFormat("2^%.1f", risk.Log2());
}

// What one ring may cost, so that all that are drawn together stay within the bound.
uint32_t OneDrawBits(const GraphDemand& demand) { return demand.security_bits + demand.draw_bits; }

absl::Status CheckSecurity(const GraphDemand& demand, const GraphParameters& parameters) {
  const GraphCase graph_case = CaseOf(demand, parameters);
  const RoundedUp seed = SeedRisk(graph_case);
  const RoundedUp cut = CutRisk(graph_case);
  if (IsBelow(seed + cut, OneDrawBits(demand))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "degree ", parameters.degree, " with share threshold ", parameters.share_threshold, " is too weak: ",
      demand.corrupt_sites, " colluders among ", demand.num_sites, " sites learn a site's seed with chance ",
      InWords(seed), " or, with ", demand.missing_sites, " sites missing as they please, cut the graph with ",
      InWords(cut), "; both together must be below 2^-", OneDrawBits(demand), " for a ring"));
}

absl::Status CheckCorrectness(const GraphDemand& demand, const GraphParameters& parameters) {
  const RoundedUp loss = LossRisk(CaseOf(demand, parameters));
  if (IsBelow(loss, demand.correctness_bits)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("degree ", parameters.degree, " with share threshold ",
                                                 parameters.share_threshold, " fails too often: ", demand.missing_sites,
                                                 " random absences among ", demand.num_sites,
                                                 " sites leave a site too few neighbours with chance ", InWords(loss),
                                                 ", which must be below 2^-", demand.correctness_bits));
}

// The greatest threshold that random absences allow, zero if there is none. A threshold that is greater still is less
// likely to be met, so the search may stop at the first.
uint32_t GreatestCorrectThreshold(const GraphDemand& demand, uint32_t degree) {
  for (uint32_t threshold = degree; threshold >= kMinShareThreshold; --threshold) {
    if (IsBelow(LossRisk(CaseOf(demand, {degree, threshold})), demand.correctness_bits)) return threshold;
  }
  return 0;
}

absl::Status NoDegreeFits(const GraphDemand& demand, uint32_t greatest_degree) {
  std::string reason = "random absences alone leave some site without neighbours";
  if (const uint32_t threshold = GreatestCorrectThreshold(demand, greatest_degree); threshold != 0) {
    reason = std::string(CheckSecurity(demand, {greatest_degree, threshold}).message());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no sparse graph over ", demand.num_sites, " sites withstands ", demand.corrupt_sites,
                   " colluding and ", demand.missing_sites, " missing ones (at the greatest degree, ", greatest_degree,
                   ": ", reason, "). Use the complete graph, which has up to ", kMaxNeighbours + 1,
                   " sites, or declare fewer colluding or missing sites"));
}

}  // namespace

absl::StatusOr<uint32_t> SitesInFraction(double fraction, uint32_t num_sites) {
  if (!(fraction >= 0 && fraction < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a fraction of the sites is at least 0 and below 1, not ", fraction));
  }
  const uint64_t millionths = static_cast<uint64_t>(std::llround(fraction * kMillion));
  return static_cast<uint32_t>(millionths * num_sites / static_cast<uint64_t>(kMillion));
}

absl::StatusOr<GraphParameters> FindGraphParameters(const GraphDemand& demand) {
  ACCORD_RETURN_IF_ERROR(CheckDemand(demand));
  const uint32_t greatest = std::min((demand.num_sites - 1) / 2 * 2, kMaxEvenDegree);
  for (uint32_t degree = 2; degree <= greatest; degree += 2) {
    // Both risks to privacy fall when the threshold rises: if the greatest one does not do, none does.
    const GraphParameters parameters{degree, GreatestCorrectThreshold(demand, degree)};
    if (parameters.share_threshold != 0 && CheckSecurity(demand, parameters).ok()) return parameters;
  }
  return NoDegreeFits(demand, greatest);
}

absl::Status CheckGraphParameters(const GraphDemand& demand, const GraphParameters& parameters) {
  ACCORD_RETURN_IF_ERROR(CheckDemand(demand));
  const auto& [degree, threshold] = parameters;
  if (degree % 2 != 0 || degree < 2 || degree >= demand.num_sites || degree > kMaxEvenDegree ||
      threshold < kMinShareThreshold || threshold > degree) {
    return absl::InvalidArgumentError(absl::StrCat("no sparse graph over ", demand.num_sites, " sites has degree ",
                                                   degree, " and share threshold ", threshold));
  }
  ACCORD_RETURN_IF_ERROR(CheckSecurity(demand, parameters));
  return CheckCorrectness(demand, parameters);
}

}  // namespace accord::secure
