#include "client/daemon/work/admission.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/columns.h"
#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/step_places.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/secure/messages/fields.h"
#include "base/hash.h"
#include "base/status.h"
#include "proto/validation/gain_limits.h"

namespace accord {
namespace {

constexpr int kMaxCohort = 100'000;

absl::Status BadPlan(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the coordinator's plan is not valid: ", what));
}

absl::Status CheckCohort(const v1::Plan& plan, absl::string_view site) {
  const auto& cohort = plan.cohort();
  if (cohort.size() > kMaxCohort) {
    return BadPlan(absl::StrCat("it names ", cohort.size(), " sites; at most ", kMaxCohort, " can take part"));
  }
  const bool sorted = std::adjacent_find(cohort.begin(), cohort.end(), std::greater_equal<>()) == cohort.end();
  if (!sorted) return BadPlan("its sites are not sorted, or one is named twice");
  if (!std::binary_search(cohort.begin(), cohort.end(), std::string(site))) {
    return BadPlan(absl::StrCat("it does not name this site, ", site));
  }
  return absl::OkStatus();
}

// Before the job is known, which says whether more than parameters is handed out.
absl::Status CheckModelSize(const v1::Plan& plan) {
  const uint64_t parameter_bytes = plan.num_parameters() * sizeof(float);  // without meaning where it wraps
  if (plan.num_parameters() == 0 || plan.num_parameters() > kMaxModelBytes / sizeof(float) ||
      plan.model_bytes() > kMaxModelBytes ||
      (plan.model_bytes() != parameter_bytes && plan.model_bytes() != 2 * parameter_bytes)) {
    return BadPlan(absl::StrCat("a model of ", plan.num_parameters(), " parameters in ", plan.model_bytes(),
                                " bytes (expected 4 bytes each, or 8, at most ", kMaxModelBytes, ")"));
  }
  if (!plan.model_inline().empty() && plan.model_inline().size() != plan.model_bytes()) {
    return BadPlan("the model in it is not of the length that it names");
  }
  return absl::OkStatus();
}

absl::Status CheckStatistics(const v1::JobSpec& spec, const v1::Plan& plan) {
  const v1::ColumnStatistics& statistics = plan.statistics();
  if (statistics.mean_size() == 0 && statistics.spread_size() == 0) return absl::OkStatus();
  const auto columns = static_cast<int>(InputColumns(spec.data()).size());
  if (statistics.mean_size() != columns || statistics.spread_size() != columns) {
    return BadPlan(absl::StrCat("its common statistics are not of the job's ", columns, " input columns"));
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::all_of(statistics.mean().begin(), statistics.mean().end(), finite) ||
      !std::all_of(statistics.spread().begin(), statistics.spread().end(),
                   [](double value) { return std::isfinite(value) && value >= 0; })) {
    return BadPlan("its common statistics are not numbers");
  }
  return absl::OkStatus();
}

absl::Status CheckStep(const v1::JobSpec& spec, const v1::Plan& plan) {
  const std::vector<v1::StepKind> steps = StepsOf(spec);
  if (plan.id().step() >= steps.size() || steps[plan.id().step()] != plan.kind()) {
    return BadPlan(absl::StrCat("step ", plan.id().step(), " of the job is not what the plan says"));
  }
  const StepPlaces places(spec);
  const uint32_t round = places.RoundOf(plan.id().step());
  if (plan.round() != round) return BadPlan(absl::StrCat("its round is ", plan.round(), ", expected ", round));
  const std::string site = places.SiteOf(plan.id().step());
  if (site.empty() || (plan.cohort_size() == 1 && plan.cohort(0) == site)) return absl::OkStatus();
  return BadPlan(absl::StrCat("the step is the turn of ", site, " alone, and its cohort is another"));
}

// Which depends on the job: its strategy may hand out more than parameters, and have sites keep something.
absl::Status CheckWhatIsHandedOut(const v1::JobSpec& spec, const v1::Plan& plan, absl::string_view site) {
  if (!IsModelSize(spec, plan.num_parameters(), plan.model_bytes())) {
    return BadPlan(absl::StrCat("a model of ", plan.num_parameters(), " parameters in ", plan.model_bytes(),
                                " bytes, which the job's strategy does not have"));
  }
  if (KeptBy(spec) == Kept::kNothing) return absl::OkStatus();
  if (plan.counted_steps_size() != plan.cohort_size()) {
    return BadPlan(absl::StrCat("it says of ", plan.counted_steps_size(), " sites which step counted, in a cohort of ",
                                plan.cohort_size()));
  }
  const auto member = std::lower_bound(plan.cohort().begin(), plan.cohort().end(), site);
  if (member == plan.cohort().end()) return absl::OkStatus();  // CheckCohort says so
  const uint32_t counted = plan.counted_steps(static_cast<int>(member - plan.cohort().begin()));
  if (counted <= plan.id().step()) return absl::OkStatus();
  return BadPlan(absl::StrCat("a later step, ", counted, ", counted already"));
}

absl::Status CheckSums(const v1::JobSpec& spec, const v1::Plan& plan) {
  if (HasSecureSum(spec) == plan.has_secure()) return absl::OkStatus();
  return BadPlan(plan.has_secure() ? "it asks for secure sums, and the job for plain ones"
                                   : "it asks for plain sums, and the job for secure ones");
}

absl::Status CheckDevice(const v1::JobSpec& spec, const v1::SiteConfig& config) {
  if (spec.compute().device() != v1::Compute::CUDA || config.sandbox().gpu()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the job trains on a GPU alone (compute.device: cuda), and this site offers none; it takes part if its config "
      "says sandbox: {gpu: true}, or in a job with compute.device: auto");
}

// The config's is one operator's word, the policy's where the charter asks for that that of two people.
absl::Status CheckMachine(const v1::Compute& wanted, const v1::Sandbox& sandbox, const SitePolicy* policy) {
  if (policy != nullptr) {
    const std::vector<std::string> beyond = policy->BeyondLimits(wanted);
    if (!beyond.empty()) return absl::FailedPreconditionError(absl::StrJoin(beyond, "; "));
  }
  if (wanted.threads() > sandbox.threads()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the job wants ", wanted.threads(), " threads; this site allows ", sandbox.threads()));
  }
  if (wanted.memory_mib() > sandbox.memory_mib()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the job wants ", wanted.memory_mib(), " MiB of memory; this site allows ", sandbox.memory_mib()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPlan(const v1::Plan& plan, absl::string_view site) {
  if (!secure::IsJobId(plan.id().job_id())) return BadPlan("its job has no proper id");
  if (!IsHexDigest(plan.job_sha256())) return BadPlan("job_sha256 is not a SHA-256");
  if (!IsHexDigest(plan.model_digest())) return BadPlan("model_digest is no digest");
  ACCORD_RETURN_IF_ERROR(CheckCohort(plan, site));
  if (plan.encoding_sites() < static_cast<uint32_t>(plan.cohort_size()) || plan.encoding_sites() > kMaxCohort) {
    return BadPlan(
        absl::StrCat("numbers encoded for ", plan.encoding_sites(), " sites in a cohort of ", plan.cohort_size()));
  }
  return CheckModelSize(plan);
}

absl::Status CheckJobAlone(const v1::JobSpec& spec, const v1::SiteConfig& config, const SitePolicy* policy) {
  if (!spec.model().has_drill()) {
    const auto& datasets = config.datasets();
    const bool released = std::any_of(datasets.begin(), datasets.end(), [&](const v1::SiteDataset& dataset) {
      return dataset.name() == spec.data().name();
    });
    if (!released) {
      return absl::FailedPreconditionError(absl::StrCat("this site does not release a data set named ",
                                                        spec.data().name(), ": its config lists none under ",
                                                        "`datasets`"));
    }
  }
  if (spec.aggregation().plain_sum() && !config.floors().allow_plain_sums()) {
    return absl::FailedPreconditionError(
        "the job's sums are plain, so that the coordinator could read this site's numbers; this site takes part only "
        "if its config says floors: {allow_plain_sums: true}");
  }
  const auto& sites = spec.rounds().sites();
  if (!sites.empty() && std::find(sites.begin(), sites.end(), config.site()) == sites.end()) {
    return absl::FailedPreconditionError("the job does not name this site among those that may take part");
  }
  ACCORD_RETURN_IF_ERROR(CheckMachine(spec.compute(), config.sandbox(), policy));
  return CheckDevice(spec, config);
}

absl::Status CheckJob(const v1::JobSpec& spec, const v1::Plan& plan, const v1::SiteConfig& config,
                      const SitePolicy* policy) {
  if (spec.model().has_drill() && spec.model().drill().num_parameters() != plan.num_parameters()) {
    return BadPlan("the model is not of the size that the job names");
  }
  ACCORD_RETURN_IF_ERROR(CheckJobAlone(spec, config, policy));
  ACCORD_RETURN_IF_ERROR(CheckSums(spec, plan));
  ACCORD_RETURN_IF_ERROR(CheckStep(spec, plan));
  ACCORD_RETURN_IF_ERROR(CheckWhatIsHandedOut(spec, plan, config.site()));
  return CheckStatistics(spec, plan);
}

absl::Status CheckReportedSites(const v1::JobSpec& spec, uint32_t fewest) {
  const uint32_t minimum = spec.evaluation().local_gain().minimum_sites();
  const uint32_t floor = std::max(fewest, kFewestSitesOfABin);
  if (!spec.evaluation().has_local_gain() || minimum >= floor) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the job's report would show how many sites gain so much where only ", minimum,
                   " do (evaluation.local_gain.minimum_sites); this site takes part from ", floor,
                   " on, its fewest sites of a sum (floors.min_sites, or its charter's)"));
}

v1::Refusal RefusalOf(const absl::Status& why) {
  v1::Refusal refusal;
  refusal.set_reason(std::string(why.message()));
  refusal.set_permanent(absl::IsInvalidArgument(why) || absl::IsFailedPrecondition(why));
  refusal.set_waits(absl::IsUnavailable(why));
  return refusal;
}

}  // namespace accord
