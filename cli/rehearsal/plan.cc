#include "cli/rehearsal/plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/columns.h"
#include "base/status.h"
#include "cli/job_summary.h"
#include "cli/numbers.h"

namespace accord {
namespace {

// A daemon's own memory: 4 MiB of it, beside code that all daemons share, and room for transfers.
constexpr uint64_t kDaemonBytes = 24 * kMib;
// A site keeps a trainer with LibTorch loaded for its data set; the process of the job is forked from it, and counts as
// another although it shares most of its memory.
constexpr uint64_t kTrainers = 2;
// Numbers of 4 bytes for each parameter while a job trains: the model, its gradient, two moments of Adam, the model as
// it came, the vector of up to 8 bytes, and one more as it is masked.
constexpr uint64_t kNumbersPerParameter = 8;
// For the coordinator, this program, and all that runs on the machine besides.
constexpr uint64_t kSpareBytes = 512 * kMib;

uint64_t BytesOfRow(const v1::DataSchema& data) {
  if (data.has_series()) {
    return 4 * (static_cast<uint64_t>(data.series().channels_size()) * data.series().length() + 1);
  }
  if (data.has_text()) return 4 * (uint64_t{data.text().length()} + 1);
  if (!data.has_image()) return 4 * (InputColumns(data).size() + 1);
  const uint64_t pixels = uint64_t{data.image().height()} * data.image().width();
  return pixels * data.image().channels() + 4 + (data.target().has_mask() ? pixels : 0);
}

uint64_t BytesOfSite(const CheckedJob& job, uint64_t rows, const RehearsalMachine& machine) {
  uint64_t bytes = kDaemonBytes + kTrainers * machine.libtorch_bytes +
                   kNumbersPerParameter * sizeof(float) * job.layout.num_elements();
  if (!job.spec.model().has_drill()) bytes += rows * BytesOfRow(job.spec.data());
  return bytes;
}

absl::StatusOr<uint32_t> NumberOfSites(const v1::JobSpec& spec, const RehearsalOptions& options) {
  const v1::Rounds& rounds = spec.rounds();
  const uint32_t wanted = options.num_sites > 0 ? options.num_sites : PlannedCohort(spec);
  if (wanted < rounds.min_sites()) {
    return absl::InvalidArgumentError(absl::StrCat("--sites ", wanted, ": no round of the job can run with fewer than ",
                                                   rounds.min_sites(), " sites (rounds.min_sites); ask for as many"));
  }
  if (!rounds.sites().empty() && wanted > static_cast<uint32_t>(rounds.sites_size())) {
    return absl::InvalidArgumentError(
        absl::StrCat("--sites ", wanted, ": the job names ", rounds.sites_size(),
                     " sites that may take part (rounds.sites); ask for at most as many"));
  }
  if (wanted > kMaxSyntheticSites) {
    return absl::InvalidArgumentError(absl::StrCat("a rehearsal has at most ", kMaxSyntheticSites,
                                                   " sites, and this job wants ", wanted,
                                                   "; ask for fewer with --sites"));
  }
  return wanted;
}

// Of what is known before the first round.
void WarnOf(const v1::JobSpec& spec, const SyntheticOptions& synthetic, RehearsalPlan& plan) {
  std::vector<std::string>& warnings = plan.warnings;
  const v1::Rounds& rounds = spec.rounds();
  if (!HasSecureSum(spec)) {
    warnings.push_back(
        "plain sums: real sites refuse this job unless their config says floors: {allow_plain_sums: true}; the "
        "rehearsed "
        "ones do");
  } else if (spec.aggregation().secure_sum().two_sites()) {
    warnings.push_back(
        "two sites: real ones refuse this job unless their config says floors: {allow_two_sites: true}; the rehearsed "
        "ones do");
  }
  const uint32_t target = PlannedCohort(spec);
  if (synthetic.num_sites < target) {
    // Unless the job names further sites, everybody is there.
    plan.say_first =
        rounds.sites().empty()
            ? absl::StrCat(
                  Plural(synthetic.num_sites, "site"), " of the ", target,
                  " that a round of the job wants (rounds.target_sites): every round starts with all that there are")
            : absl::StrCat(Plural(synthetic.num_sites, "site"), " of the ", target,
                           " for which each round waits (rounds.target_sites): every round takes up to ",
                           rounds.gather_s(), " s longer (rounds.gather_s) than with all of them");
  } else if (synthetic.num_sites > target) {
    plan.say_first =
        absl::StrCat("a round starts as soon as ", target, " sites are ready (rounds.target_sites): not all ",
                     synthetic.num_sites, " are in each");
  }
  if (!plan.say_first.empty()) warnings.push_back(plan.say_first);
}

// What the programs of a simulation take besides what grows with its sites.
constexpr uint64_t kSimulatorBytes = 96 * kMib;
// A site of many in one process: its engine, connection, ledger and stacks here, and as much at the coordinator.
constexpr uint64_t kSimulatedSiteBytes = 1 * kMib;
// Every one of them knows everybody's entry and signature in the roster, key of the epoch and shares: so much was
// measured with 50 and 200 sites of which every pair shares a mask.
constexpr uint64_t kSimulatedPairBytes = 10 << 10;

SimulationPlan PlanSimulation(const v1::JobSpec& spec, const RehearsalOptions& options,
                              const RehearsalMachine& machine) {
  SimulationPlan plan;
  plan.num_trainers = options.num_trainers > 0 ? options.num_trainers
                                               : std::max(1u, machine.cores / std::max(1u, spec.compute().threads()));
  plan.sites_at_once = plan.num_trainers + 2;  // some fetch and send while others compute
  return plan;
}

uint64_t BytesOfSimulation(const CheckedJob& job, const RehearsalPlan& plan, const RehearsalMachine& machine) {
  const uint64_t sites = plan.synthetic.num_sites;
  const uint64_t numbers = kNumbersPerParameter * sizeof(float) * job.layout.num_elements();
  uint64_t trainer = machine.libtorch_bytes + numbers;
  if (!job.spec.model().has_drill()) trainer += plan.synthetic.rows_per_site * BytesOfRow(job.spec.data());
  return kSimulatorBytes + sites * kSimulatedSiteBytes + sites * sites * kSimulatedPairBytes +
         plan.simulation->sites_at_once * numbers + machine.libtorch_bytes + plan.simulation->num_trainers * trainer;
}

absl::Status CheckSimulationFits(uint64_t bytes, uint64_t free, const RehearsalPlan& plan) {
  if (bytes <= free) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      Plural(plan.synthetic.num_sites, "site"), " with ", Plural(plan.simulation->num_trainers, "trainer"),
      " take about ", BytesInWords(bytes), " of memory, and ", BytesInWords(free),
      " can be had; ask for fewer trainers (--processes), fewer rows or fewer sites; --force tries all the "
      "same"));
}

}  // namespace

absl::StatusOr<RehearsalPlan> PlanRehearsal(const CheckedJob& job, const RehearsalOptions& options,
                                            const RehearsalMachine& machine) {
  const v1::JobSpec& spec = job.spec;
  RehearsalPlan plan;
  plan.synthetic = options.synthetic;
  ACCORD_ASSIGN_OR_RETURN(plan.synthetic.num_sites, NumberOfSites(spec, options));
  plan.synthetic.site_names = SyntheticSiteNames(spec, plan.synthetic.statistics, plan.synthetic.num_sites);
  plan.floors =
      absl::StrCat("floors: {allow_plain_sums: ", HasSecureSum(spec) ? "false" : "true", ", allow_two_sites: ",
                   HasSecureSum(spec) && spec.aggregation().secure_sum().two_sites() ? "true" : "false", "}\n");
  plan.sandbox = absl::StrCat("sandbox: {memory_mib: ", spec.compute().memory_mib(),
                              ", threads: ", std::max(machine.cores, spec.compute().threads()), "}\n");
  plan.site_bytes = BytesOfSite(job, plan.synthetic.rows_per_site, machine);
  WarnOf(spec, plan.synthetic, plan);
  const uint64_t free = machine.available_bytes > kSpareBytes ? machine.available_bytes - kSpareBytes : 0;
  if (options.simulate) {
    plan.simulation = PlanSimulation(spec, options, machine);
    if (options.force) return plan;
    ACCORD_RETURN_IF_ERROR(CheckSimulationFits(BytesOfSimulation(job, plan, machine), free, plan));
    return plan;
  }
  const uint64_t fit = free / plan.site_bytes;
  if (plan.synthetic.num_sites <= fit || options.force) return plan;
  return absl::ResourceExhaustedError(absl::StrCat(
      Plural(plan.synthetic.num_sites, "site"), " take about ",
      BytesInWords(plan.synthetic.num_sites * plan.site_bytes), " of memory (", BytesInWords(plan.site_bytes),
      " each, most of it LibTorch in two trainers), and ", BytesInWords(free), " can be had; ",
      fit >= spec.rounds().min_sites() ? absl::StrCat("--sites ", fit, " fit")
                                       : absl::StrCat("even the ", spec.rounds().min_sites(),
                                                      " that the job needs do not fit: rehearse on a larger "
                                                      "machine"),
      "; `accord simulate` takes all sites into one process with a few trainers; --force tries all the same"));
}

}  // namespace accord
