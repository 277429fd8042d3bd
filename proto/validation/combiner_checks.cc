#include "proto/validation/combiner_checks.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "proto/validation/combiner_limits.h"
#include "proto/validation/data_kinds.h"
#include "proto/validation/load_config.h"

namespace accord {
namespace {

constexpr uint32_t kDefaultIterations = 100;  // hostile sites with nearly half of all rows lose their weight slowly
constexpr char kCombiner[] = "aggregation.combiner";

// Why one hostile site could move the model past the combiner; empty: it could not. A strategy that is not listed here
// is refused until somebody has thought about it.
std::string WhyNotCombined(const v1::Aggregation& aggregation) {
  switch (aggregation.strategy_case()) {
    case v1::Aggregation::kFedavg:
    case v1::Aggregation::kFedprox:
    case v1::Aggregation::kFedavgm:
    case v1::Aggregation::kFedadam:
    case v1::Aggregation::kFedyogi:
    case v1::Aggregation::kFedadagrad:
    case v1::Aggregation::kFedbn:
    case v1::Aggregation::kFedper:
    case v1::Aggregation::kFedrep:
    case v1::Aggregation::kDitto:
      return "";
    case v1::Aggregation::kFednova:
      return "does not go with fednova, which multiplies by the sites' mean number of steps: one site could move the "
             "model by that number alone; use fedavg or fedprox";
    case v1::Aggregation::kScaffold:
      return "does not go with scaffold, whose control variates are a sum over all sites too: what a hostile site "
             "sends would come in through it; use fedavg or fedprox";
    case v1::Aggregation::kNewton:
      return "does not go with newton: score and information of all rows are sums, and of a regression's sums there "
             "is no median; remove it, or train the model with fedavg";
    default:
      return "does not go with this strategy; use fedavg, fedprox, fedavgm, fedadam, fedyogi, fedadagrad, fedbn, "
             "fedper, fedrep or ditto";
  }
}

struct RuleWords {
  const char* name;
  const char* need;  // behind "needs"
};

RuleWords InWords(const v1::Combiner& rule) {
  switch (rule.kind_case()) {
    case v1::Combiner::kMedian:
      return {"median", "3 sites, because of two neither is the odd one"};
    case v1::Combiner::kTrimmedMean:
      return {"trimmed_mean", "2 hostile_sites + 1, so that something is left"};
    case v1::Combiner::kKrum:
      return {"krum", "2 hostile_sites + 3, so that hostile sites cannot be each other's nearest"};
    case v1::Combiner::kMultiKrum:
      return {"multi_krum", "2 hostile_sites + 3, and hostile_sites + 2 more than kept_sites"};
    case v1::Combiner::kBulyan:
      return {"bulyan", "4 hostile_sites + 3"};
    case v1::Combiner::kGeometricMedian:
      return {"geometric_median", "3 sites, because of two neither is the odd one"};
    default:
      return {"norm_bound", "one site"};
  }
}

void CheckNumberOfSites(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Combiner& rule = spec.aggregation().combiner();
  const RuleWords words = InWords(rule);
  if (const uint32_t least = LeastCombinedSites(rule); spec.rounds().min_sites() < least) {
    faults.Add("rounds.min_sites", absl::StrCat("is ", spec.rounds().min_sites(), ", and aggregation.combiner.",
                                                words.name, " needs ", words.need, "; expected at least ", least,
                                                HostileSitesOf(rule) > 0 ? ", or fewer hostile_sites" : ""));
  }
  if (spec.rounds().target_sites() <= kMostCombinedSites && spec.rounds().min_sites() <= kMostCombinedSites) return;
  faults.Add(spec.rounds().min_sites() > kMostCombinedSites ? "rounds.min_sites" : "rounds.target_sites",
             absl::StrCat("is above ", kMostCombinedSites,
                          ", the most sites whose changes the coordinator keeps side by side for a combiner"));
}

// Mean and spread of every column would be a sum in which one site, within the bounds, moves all inputs of all others.
// Unset counts as federated (job.proto).
void CheckNoCommonStatistics(const v1::JobSpec& spec, FaultList& faults) {
  const auto standardise = spec.preprocessing().standardise();
  const bool federated =
      standardise == v1::Preprocessing::FEDERATED || standardise == v1::Preprocessing::STANDARDISE_UNSPECIFIED;
  if (!federated || !IsTable(spec.data()) || spec.model().has_drill() || spec.aggregation().has_newton()) return;
  faults.Add("preprocessing.standardise",
             "is federated, which does not go with aggregation.combiner: the columns' mean and spread are a sum over "
             "all sites, by which one hostile site moves every input at all of them; write per_site or none");
}

}  // namespace

void ApplyCombinerDefaults(v1::Aggregation& aggregation, const FieldPlaces* places) {
  if (!aggregation.combiner().has_geometric_median()) return;
  v1::GeometricMedian& rule = *aggregation.mutable_combiner()->mutable_geometric_median();
  if (IsUnset(rule.iterations() == 0, places, "aggregation.combiner.geometric_median.iterations")) {
    rule.set_iterations(kDefaultIterations);
  }
}

void CheckCombiner(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Aggregation& aggregation = spec.aggregation();
  if (!aggregation.has_combiner()) return;
  if (!aggregation.plain_sum()) {
    faults.Add(kCombiner,
               "needs each site's change by itself, and a secure sum shows the coordinator no single one; write "
               "plain_sum: true, which every site's config must allow, or remove combiner: then update_bound alone "
               "limits what a hostile site can do");
  }
  if (const std::string why = WhyNotCombined(aggregation); !why.empty()) faults.Add(kCombiner, why);
  CheckNoCommonStatistics(spec, faults);
  const v1::Combiner& rule = aggregation.combiner();
  if (rule.kind_case() == v1::Combiner::KIND_NOT_SET) return;  // told by the rules of single fields
  CheckNumberOfSites(spec, faults);
  if (rule.has_geometric_median() && rule.geometric_median().iterations() == 0) {
    faults.Add("aggregation.combiner.geometric_median.iterations",
               "is 0, which leaves the mean that it begins with; expected at least 1");
  }
}

}  // namespace accord
