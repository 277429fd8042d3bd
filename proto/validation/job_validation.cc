#include "proto/validation/job_validation.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/config/rule_check.h"
#include "base/hash.h"
#include "base/status.h"
#include "proto/validation/combiner_checks.h"
#include "proto/validation/data_checks.h"
#include "proto/validation/data_kinds.h"
#include "proto/validation/evaluation_checks.h"
#include "proto/validation/load_config.h"
#include "proto/validation/model_checks.h"
#include "proto/validation/newton_checks.h"
#include "proto/validation/ring_limits.h"
#include "proto/validation/strategy_checks.h"
#include "proto/validation/sum_checks.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

void CheckDrill(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.has_data()) faults.Add("data", "does nothing in a drill, which reads no rows; remove it");
  if (spec.has_preprocessing()) faults.Add("preprocessing", "does nothing in a drill, which reads no rows; remove it");
  if (spec.has_training()) faults.Add("training", "does nothing in a drill, which trains nothing; remove it");
  if (spec.aggregation().has_newton()) faults.Add("aggregation.newton", "fits regressions, and a drill has none");
}

void CheckPreprocessing(const v1::JobSpec& spec, FaultList& faults) {
  const auto standardise = spec.preprocessing().standardise();
  const bool of_columns = standardise == v1::Preprocessing::FEDERATED || standardise == v1::Preprocessing::PER_SITE;
  if (IsTable(spec.data()) || !of_columns) return;
  faults.Add(
      "preprocessing.standardise",
      absl::StrCat("works on columns, and ",
                   spec.data().has_image()    ? "an image has none: pixels reach the model as 0 to 1 already"
                   : spec.data().has_series() ? "a series has none: its values reach the model in data.series' unit"
                                              : "a text has none: tokens are no quantities",
                   "; write none, or remove it"));
}

void CheckRowsAndTraining(const v1::JobSpec& spec, FaultList& faults) {
  const bool newton = spec.aggregation().has_newton();
  if (!spec.has_training() && !newton)
    faults.Add("training", "is missing; say which optimizer trains for how long each round");
  if (!spec.has_data()) {
    faults.Add("data", "is missing; describe what a row is (only a drill has no data)");
    return;
  }
  CheckDataSchema(spec.data(), "data", faults);
  CheckPreprocessing(spec, faults);
  CheckModel(spec, faults);
  CheckRegressionModels(spec, faults);
  CheckNewton(spec, faults);
}

// Where nothing is trained a GPU is of no use, and what would run there is not what the job says.
void CheckDevice(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Compute::Device device = spec.compute().device();
  if (device != v1::Compute::CUDA && device != v1::Compute::AUTO) return;
  const bool drill = spec.model().has_drill();
  if (!drill && !spec.aggregation().has_newton()) return;
  faults.Add("compute.device",
             absl::StrCat("is ", device == v1::Compute::CUDA ? "cuda" : "auto", ", and ",
                          drill ? "a drill trains nothing" : "newton computes in double precision on the CPU",
                          "; write cpu, or remove it"));
}

void CheckNormBound(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.aggregation().update_norm_bound() == 0 || !spec.aggregation().has_newton()) return;
  faults.Add("aggregation.update_norm_bound",
             "bounds the change that a site's training makes, and newton's sites send none; remove it");
}

// That the sum of so many sites' counts does not wrap. More sites than the ring tells numbers of: sum_checks.cc.
void CheckRoomForCounts(uint32_t sites, const v1::Aggregation& aggregation, FaultList& faults) {
  const uint32_t bits = RingBitsOf(aggregation);
  if (!IsRingWidth(bits)) return;
  const uint32_t most = MostSites(bits, aggregation.max_rows_per_site());
  if (sites <= most || sites > MostPreciseSites(bits)) return;
  faults.Add(
      "aggregation.max_rows_per_site",
      absl::StrCat("is ", aggregation.max_rows_per_site(), ": with it a round adds at most ", most,
                   " sites without overflow in a ring of ", bits, " bits, and ", sites,
                   " are asked for; lower it or the number of sites",
                   bits == 64 || aggregation.plain_sum() ? "" : ", or take a wider ring (secure_sum.ring_bits)"));
}

void CheckSiteNumbers(const v1::Rounds& rounds, const v1::Aggregation& aggregation, FaultList& faults) {
  if (rounds.target_sites() < rounds.min_sites()) {
    faults.Add("rounds.target_sites", absl::StrCat("is ", rounds.target_sites(),
                                                   "; expected at least min_sites, which is ", rounds.min_sites()));
  }
  CheckRoomForCounts(std::max({rounds.target_sites(), rounds.min_sites(), aggregation.fedbuff().buffer()}), aggregation,
                     faults);
}

void CheckNamedSites(const v1::Rounds& rounds, FaultList& faults) {
  CheckDistinct(rounds.sites(), "rounds.sites", "site", faults);
  const auto named = static_cast<uint32_t>(rounds.sites_size());
  if (named == 0) return;
  if (named < rounds.min_sites()) {
    faults.Add("rounds.sites",
               absl::StrCat("names ", named, " sites; expected at least min_sites, which is ", rounds.min_sites()));
  } else if (named < rounds.target_sites()) {
    faults.Add("rounds.target_sites", absl::StrCat("is ", rounds.target_sites(), ", but rounds.sites names only ",
                                                   named, "; no round would reach it"));
  }
}

void CheckLimits(const v1::JobSpec& spec, FaultList& faults) {
  CheckAtLeast(spec.rounds().silence_s(), 1, "rounds.silence_s", faults);
  CheckAtLeast(spec.rounds().deadline_s(), 1, "rounds.deadline_s", faults);
  CheckAtLeast(spec.rounds().max_attempts(), 1, "rounds.max_attempts", faults);
  CheckAtLeast(spec.rounds().patience_s(), 1, "rounds.patience_s", faults);
  CheckAtLeast(spec.compute().threads(), 1, "compute.threads", faults);
  CheckAtLeast(spec.compute().memory_mib(), kMinMemoryMib, "compute.memory_mib", faults);
  if (spec.training().has_adam() && spec.training().adam().epsilon() == 0) {
    faults.Add("training.adam.epsilon", "is 0, which divides by nothing; expected above 0");
  }
}

}  // namespace

void CheckJobSpec(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.model().has_drill()) {
    CheckDrill(spec, faults);
  } else {
    CheckRowsAndTraining(spec, faults);
  }
  if (!spec.aggregation().has_newton() && spec.aggregation().update_bound() == 0) {
    faults.Add("aggregation.update_bound",
               "is missing; expected a number (largest |change| of one parameter that a site may send; larger ones are "
               "clipped and counted)");
  }
  CheckSum(spec, faults);
  CheckSiteNumbers(spec.rounds(), spec.aggregation(), faults);
  CheckNamedSites(spec.rounds(), faults);
  CheckLimits(spec, faults);
  CheckStrategy(spec, faults);
  CheckKeepingStrategy(spec, faults);
  CheckAloneStrategy(spec, faults);
  CheckCombiner(spec, faults);
  CheckDevice(spec, faults);
  CheckNormBound(spec, faults);
  CheckEvaluation(spec, faults);
}

absl::StatusOr<v1::JobSpec> LoadJobSpec(const std::string& path) {
  return LoadConfig<v1::JobSpec>(path, ApplyDefaults, CheckJobSpec);
}

absl::StatusOr<v1::JobSpec> ParseJobSpec(absl::string_view bytes) {
  if (bytes.size() > kMaxJobBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the job has ", bytes.size(), " bytes; expected at most ", kMaxJobBytes));
  }
  v1::JobSpec spec;
  if (!spec.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("the job's bytes are not a JobSpec; submit the job with `accord job submit`");
  }
  FaultList faults;
  CheckNoUnknownFields(spec, faults);
  FaultList broken_rules;
  CheckRules(spec, broken_rules);
  CheckJobSpec(spec, broken_rules);
  faults.MergeUnrelated(broken_rules);
  if (spec.model().has_torchscript() && !IsHexDigest(spec.model().torchscript().sha256())) {
    faults.Add("model.torchscript.sha256", "is not 64 hexadecimal digits; it is filled in at submission");
  }
  if (spec.model().has_start_from() && !IsHexDigest(spec.model().start_from().model_digest())) {
    faults.Add("model.start_from.model_digest", "is not 64 hexadecimal digits; it is filled in at submission");
  }
  if (!faults.empty()) return Annotate(faults.ToStatus(), "the job is refused");
  return spec;
}

}  // namespace accord
