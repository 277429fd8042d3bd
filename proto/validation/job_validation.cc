#include "proto/validation/job_validation.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/config/rule_check.h"
#include "base/hash.h"
#include "base/status.h"
#include "proto/validation/data_checks.h"
#include "proto/validation/load_config.h"
#include "proto/validation/model_checks.h"
#include "proto/validation/sum_checks.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

// A round adds numbers in Z_2^b as two's complement. Its largest counts are a site's rows and the share of clipped
// entries, told in 2^20 parts, so that n sites fit as long as n * max(rows, 2^20) < 2^(b-1).
uint64_t MostSites(const v1::Aggregation& aggregation) {
  const uint32_t bits = aggregation.has_secure_sum() ? aggregation.secure_sum().ring_bits() : 32;
  const uint64_t ring_max = (uint64_t{1} << (std::clamp(bits, 24u, 32u) - 1)) - 1;
  constexpr uint32_t kClippedParts = uint32_t{1} << 20;
  return ring_max / std::max(aggregation.max_rows_per_site(), kClippedParts);
}

void CheckDrill(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.has_data()) faults.Add("data", "does nothing in a drill, which reads no rows; remove it");
  if (spec.has_preprocessing()) faults.Add("preprocessing", "does nothing in a drill, which reads no rows; remove it");
  if (spec.has_training()) faults.Add("training", "does nothing in a drill, which trains nothing; remove it");
}

void CheckPreprocessing(const v1::JobSpec& spec, FaultList& faults) {
  const auto standardise = spec.preprocessing().standardise();
  const bool of_columns = standardise == v1::Preprocessing::FEDERATED || standardise == v1::Preprocessing::PER_SITE;
  if (spec.data().has_image() && of_columns) {
    faults.Add(
        "preprocessing.standardise",
        "works on columns, and an image has none: pixels reach the model as 0 to 1 already; write none, or remove it");
  }
}

void CheckRowsAndTraining(const v1::JobSpec& spec, FaultList& faults) {
  if (!spec.has_training()) faults.Add("training", "is missing; say which optimizer trains for how long each round");
  if (!spec.has_data()) {
    faults.Add("data", "is missing; describe what a row is (only a drill has no data)");
    return;
  }
  CheckDataSchema(spec.data(), "data", faults);
  CheckPreprocessing(spec, faults);
  CheckModel(spec, faults);
}

void CheckSiteNumbers(const v1::Rounds& rounds, const v1::Aggregation& aggregation, FaultList& faults) {
  if (rounds.target_sites() < rounds.min_sites()) {
    faults.Add("rounds.target_sites", absl::StrCat("is ", rounds.target_sites(),
                                                   "; expected at least min_sites, which is ", rounds.min_sites()));
  }
  const uint64_t most = MostSites(aggregation);
  if (const uint32_t sites = std::max(rounds.target_sites(), rounds.min_sites()); sites > most) {
    faults.Add("aggregation.max_rows_per_site",
               absl::StrCat("is ", aggregation.max_rows_per_site(), ": with it a round adds at most ", most,
                            " sites without overflow, and ", sites, " are asked for; lower it or the number of sites"));
  }
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
  if (spec.aggregation().has_fedavg() && spec.aggregation().fedavg().server_learning_rate() == 0) {
    faults.Add("aggregation.fedavg.server_learning_rate", "is 0: the model would never change; expected above 0");
  }
}

}  // namespace

void CheckJobSpec(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.model().has_drill()) {
    CheckDrill(spec, faults);
  } else {
    CheckRowsAndTraining(spec, faults);
  }
  CheckSum(spec, faults);
  CheckSiteNumbers(spec.rounds(), spec.aggregation(), faults);
  CheckNamedSites(spec.rounds(), faults);
  CheckLimits(spec, faults);
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
  if (!faults.empty()) return Annotate(faults.ToStatus(), "the job is refused");
  return spec;
}

}  // namespace accord
