// Of the strategies by which a site's change counts without a common round of all: cyclic and fedbuff.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/validation/load_config.h"
#include "proto/validation/strategy_checks.h"

namespace accord {
namespace {

constexpr uint64_t kMostTurns = 1'000'000;  // as many as rounds elsewhere
constexpr uint32_t kDefaultWaitS = 60;
constexpr uint32_t kDefaultMaxStaleness = 10;

// Whoever judges a job by its smallest sum - charter, policy, a person - reads rounds.min_sites: it must say what is
// so.
void CheckSaysOneSite(const v1::JobSpec& spec, const char* why, FaultList& faults) {
  if (spec.rounds().min_sites() == 1) return;
  faults.Add("rounds.min_sites", absl::StrCat("is ", spec.rounds().min_sites(), ": ", why,
                                              ", and whoever permits the job must read that here; expected 1"));
}

void CheckCyclic(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Rounds& rounds = spec.rounds();
  if (!spec.aggregation().plain_sum()) {
    faults.Add("aggregation.cyclic",
               "has turns of one site each, and a secure sum of one site is that site's own numbers, which nothing "
               "hides; write plain_sum: true, which every site's config must allow, or use fedavg");
  } else {
    CheckSaysOneSite(spec, "with cyclic a turn's sum is one site's own numbers", faults);
  }
  if (rounds.sites_size() < 2) {
    faults.Add("rounds.sites", absl::StrCat(rounds.sites().empty() ? "is empty" : "names one site",
                                            ": with cyclic one site after another has its turn; name them all"));
  }
  const uint64_t turns = static_cast<uint64_t>(rounds.count()) * static_cast<uint64_t>(rounds.sites_size());
  if (turns > kMostTurns) {
    faults.Add("rounds.count", absl::StrCat("is ", rounds.count(), ": cycles of ", rounds.sites_size(), " sites have ",
                                            turns, " turns together; expected at most ", kMostTurns));
  }
  if (spec.aggregation().cyclic().wait_s() > rounds.patience_s()) {
    faults.Add(
        "aggregation.cyclic.wait_s",
        absl::StrCat("is ", spec.aggregation().cyclic().wait_s(), ", longer than rounds.patience_s, which is ",
                     rounds.patience_s(), ": the job would fail before a turn is skipped; expected at most that"));
  }
}

void CheckFedBuff(const v1::JobSpec& spec, FaultList& faults) {
  const v1::FedBuff& fedbuff = spec.aggregation().fedbuff();
  if (!spec.aggregation().plain_sum()) {
    faults.Add("aggregation.fedbuff",
               "takes each change by itself when it arrives, and a secure sum shows nobody a single one (Nguyen et al. "
               "hide them in trusted hardware, which Accord does not count on); write plain_sum: true, which every "
               "site's config must allow, or use fedavg");
  } else {
    CheckSaysOneSite(spec, "with fedbuff each plan is for one site, and nobody knows beforehand who else counts",
                     faults);
  }
  const auto named = static_cast<uint32_t>(spec.rounds().sites_size());
  if (named > 0 && named < fedbuff.buffer()) {
    faults.Add(
        "aggregation.fedbuff.buffer",
        absl::StrCat("is ", fedbuff.buffer(), ", and rounds.sites names ", named,
                     " sites: each has one change in a buffer, so that it would never be full; expected at most ",
                     named));
  }
  if (spec.rounds().patience_s() < spec.rounds().deadline_s()) {
    faults.Add("rounds.patience_s",
               absl::StrCat("is ", spec.rounds().patience_s(), ", shorter than rounds.deadline_s, which is ",
                            spec.rounds().deadline_s(),
                            ": the job would give up while a site may still train; expected at least that"));
  }
  if (fedbuff.server_learning_rate() == 0) {
    faults.Add("aggregation.fedbuff.server_learning_rate", "is 0: the model would never change; expected above 0");
  }
  constexpr char kAges[] =
      "with fedbuff rounds measure no held-out rows, because the sites of one have models of "
      "different ages; only the last model is measured, by all; remove it";
  if (spec.evaluation().keep() == v1::Evaluation::BEST) {
    faults.Add("evaluation.keep", absl::StrCat("is best: ", kAges));
  }
  if (spec.evaluation().has_stop_early()) faults.Add("evaluation.stop_early", kAges);
}

}  // namespace

void ApplyAloneDefaults(v1::JobSpec& spec, const FieldPlaces* places) {
  v1::Aggregation& aggregation = *spec.mutable_aggregation();
  v1::Rounds& rounds = *spec.mutable_rounds();
  auto most = static_cast<uint32_t>(rounds.sites_size());
  if (aggregation.has_cyclic()) {
    v1::Cyclic& rule = *aggregation.mutable_cyclic();
    if (rule.order() == v1::Cyclic::ORDER_UNSPECIFIED) rule.set_order(v1::Cyclic::LISTED);
    if (IsUnset(rule.wait_s() == 0, places, "aggregation.cyclic.wait_s")) rule.set_wait_s(kDefaultWaitS);
  } else if (aggregation.has_fedbuff()) {
    v1::FedBuff& rule = *aggregation.mutable_fedbuff();
    if (IsUnset(rule.max_staleness() == 0, places, "aggregation.fedbuff.max_staleness")) {
      rule.set_max_staleness(kDefaultMaxStaleness);
    }
    if (IsUnset(rule.server_learning_rate() == 0, places, "aggregation.fedbuff.server_learning_rate")) {
      rule.set_server_learning_rate(1);
    }
    most = std::max(most, rule.buffer());
  } else {
    return;
  }
  // What all sites are asked for together is not left to whoever comes first.
  if (rounds.target_sites() == 0) rounds.set_target_sites(most);
}

void CheckAloneStrategy(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.aggregation().has_cyclic()) CheckCyclic(spec, faults);
  if (spec.aggregation().has_fedbuff()) CheckFedBuff(spec, faults);
}

}  // namespace accord
