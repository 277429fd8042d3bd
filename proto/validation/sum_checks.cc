#include "proto/validation/sum_checks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/validation/load_config.h"
#include "proto/validation/ring_limits.h"

namespace accord {
namespace {

constexpr uint32_t kMinSites = 3;
constexpr double kDefaultFraction = 0.05;
constexpr char kSecure[] = "aggregation.secure_sum";

std::string Field(absl::string_view name) { return FieldPath(kSecure, name); }

void CheckEnoughSites(const v1::JobSpec& spec, FaultList& faults) {
  const uint32_t sites = spec.rounds().min_sites();
  const bool two_sites = spec.aggregation().secure_sum().two_sites();
  if (sites >= kMinSites || (sites == 2 && two_sites)) return;
  if (sites < 2) {
    faults.Add("rounds.min_sites",
               absl::StrCat("is ", sites, ": the sum of one site is that site's own numbers; expected at least 3"));
    return;
  }
  faults.Add("rounds.min_sites",
             "is 2: each of two sites learns the other's numbers from their sum; expected at least 3, or "
             "aggregation.secure_sum.two_sites: true if both sites agree to that in their configs");
}

void CheckColluders(const v1::JobSpec& spec, FaultList& faults) {
  const v1::SecureSum& sum = spec.aggregation().secure_sum();
  const uint32_t colluding = sum.colluding_organisations();
  if (sum.two_sites()) {
    if (colluding == 0) return;
    faults.Add(
        Field("colluding_organisations"),
        absl::StrCat("is ", colluding, ", but with two_sites nothing is left if one of them colludes; expected 0"));
    return;
  }
  if (colluding == 0) {
    faults.Add(Field("colluding_organisations"),
               "is 0: no site takes part unless the sum stays closed to the coordinator together with at least one "
               "organisation; expected at least 1");
    return;
  }
  const uint32_t most = MostColludingSites(std::max(spec.rounds().min_sites(), kMinSites));
  if (colluding <= most) return;
  faults.Add(Field("colluding_organisations"),
             absl::StrCat("is ", colluding, ": rounds of ", spec.rounds().min_sites(), " sites withstand at most ",
                          most, "; raise rounds.min_sites, or lower it"));
}

// What belongs to sparse graphs has no meaning with a complete one.
void CheckFractions(const v1::SecureSum& sum, FaultList& faults) {
  if (sum.graph() == v1::SecureSum::SPARSE) return;
  const auto check = [&](double value, const char* name) {
    if (value == 0) return;
    faults.Add(Field(name), "belongs to graph: sparse; a complete graph needs no assumption about shares of the sites");
  };
  check(sum.corrupt_fraction(), "corrupt_fraction");
  check(sum.dropout_fraction(), "dropout_fraction");
}

// A width that there is, and fine enough for the sites that are asked for.
void CheckRing(const v1::JobSpec& spec, FaultList& faults) {
  const uint32_t bits = spec.aggregation().secure_sum().ring_bits();
  if (!IsRingWidth(bits)) {
    faults.Add(Field("ring_bits"), absl::StrCat("is ", bits, "; expected 24, 32 or 64"));
    return;
  }
  const uint32_t sites = std::max(spec.rounds().target_sites(), spec.rounds().min_sites());
  if (sites <= MostPreciseSites(bits)) return;
  const int64_t steps = std::max<int64_t>(1, LargestRingSum(bits) / sites);
  faults.Add(Field("ring_bits"),
             absl::StrCat("is ", bits, ": of its numbers each of ", sites, " sites gets ", steps,
                          " steps on either side of 0, so that a change is told to the nearest ",
                          spec.aggregation().update_bound() / static_cast<double>(steps), "; expected at least ",
                          LargestRingSum(bits) / MostPreciseSites(bits), " steps: take 64 bits, or fewer sites"));
}

void CheckSecureSum(const v1::JobSpec& spec, FaultList& faults) {
  const v1::SecureSum& sum = spec.aggregation().secure_sum();
  CheckEnoughSites(spec, faults);
  CheckColluders(spec, faults);
  if (sum.graph() == v1::SecureSum::GRAPH_UNSPECIFIED) {
    faults.Add(Field("graph"), "is missing; expected complete or sparse");
  }
  CheckFractions(sum, faults);
  CheckRing(spec, faults);
}

}  // namespace

void ApplySumDefaults(v1::Aggregation& aggregation, const FieldPlaces* places) {
  if (aggregation.plain_sum()) return;
  v1::SecureSum& sum = *aggregation.mutable_secure_sum();
  if (!sum.two_sites() && IsUnset(sum.colluding_organisations() == 0, places, Field("colluding_organisations"))) {
    sum.set_colluding_organisations(1);
  }
  if (sum.graph() == v1::SecureSum::GRAPH_UNSPECIFIED) sum.set_graph(v1::SecureSum::COMPLETE);
  if (IsUnset(sum.ring_bits() == 0, places, Field("ring_bits"))) {
    sum.set_ring_bits(aggregation.has_newton() ? kNewtonRingBits : kDefaultRingBits);
  }
  if (sum.graph() != v1::SecureSum::SPARSE) return;
  if (IsUnset(sum.corrupt_fraction() == 0, places, Field("corrupt_fraction"))) {
    sum.set_corrupt_fraction(kDefaultFraction);
  }
  if (IsUnset(sum.dropout_fraction() == 0, places, Field("dropout_fraction"))) {
    sum.set_dropout_fraction(kDefaultFraction);
  }
}

void CheckSum(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Aggregation& aggregation = spec.aggregation();
  if (aggregation.plain_sum() && aggregation.has_secure_sum()) {
    faults.Add("aggregation.plain_sum", "cannot stand beside secure_sum: a sum is the one or the other; remove one");
  } else if (aggregation.has_secure_sum()) {
    CheckSecureSum(spec, faults);
  } else if (!aggregation.plain_sum()) {
    faults.Add(kSecure, "is missing; a sum is secure unless the job says plain_sum: true");
  }
}

uint32_t MostColludingSites(uint32_t min_sites) {
  uint32_t most = min_sites;
  // The bound rises with n but for the remainder of n by 3, so three cohorts tell of all larger ones.
  for (uint32_t n = min_sites; n < min_sites + 3; ++n) {
    const uint32_t signatures = 2 * n / 3 + 1;  // t
    most = std::min({most, 2 * signatures - n - 1, signatures - 2});
  }
  return most;
}

}  // namespace accord
