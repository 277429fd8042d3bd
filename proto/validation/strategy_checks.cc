#include "proto/validation/strategy_checks.h"

#include "absl/strings/str_cat.h"

namespace accord {

// Zeros that somebody wrote, where they cannot be meant.
void CheckStrategy(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Aggregation& aggregation = spec.aggregation();
  const auto check = [&faults](bool is_zero, const char* path, const char* what) {
    if (is_zero) faults.Add(path, absl::StrCat("is 0", what, "; expected above 0"));
  };
  constexpr char kNeverMoves[] = ": the model would never change";
  constexpr char kDivides[] = ", and a parameter that no site has changed yet would be divided by nothing";
  check(aggregation.has_fedavg() && aggregation.fedavg().server_learning_rate() == 0,
        "aggregation.fedavg.server_learning_rate", kNeverMoves);
  check(aggregation.has_fedprox() && aggregation.fedprox().server_learning_rate() == 0,
        "aggregation.fedprox.server_learning_rate", kNeverMoves);
  check(aggregation.has_fednova() && aggregation.fednova().server_learning_rate() == 0,
        "aggregation.fednova.server_learning_rate", kNeverMoves);
  check(aggregation.has_fedavgm() && aggregation.fedavgm().server_learning_rate() == 0,
        "aggregation.fedavgm.server_learning_rate", kNeverMoves);
  check(aggregation.has_scaffold() && aggregation.scaffold().server_learning_rate() == 0,
        "aggregation.scaffold.server_learning_rate", kNeverMoves);
  check(aggregation.has_fedbn() && aggregation.fedbn().server_learning_rate() == 0,
        "aggregation.fedbn.server_learning_rate", kNeverMoves);
  check(aggregation.has_fedper() && aggregation.fedper().server_learning_rate() == 0,
        "aggregation.fedper.server_learning_rate", kNeverMoves);
  check(aggregation.has_fedrep() && aggregation.fedrep().server_learning_rate() == 0,
        "aggregation.fedrep.server_learning_rate", kNeverMoves);
  check(aggregation.has_ditto() && aggregation.ditto().server_learning_rate() == 0,
        "aggregation.ditto.server_learning_rate", kNeverMoves);
  check(aggregation.has_fedadam() && aggregation.fedadam().tau() == 0, "aggregation.fedadam.tau", kDivides);
  check(aggregation.has_fedyogi() && aggregation.fedyogi().tau() == 0, "aggregation.fedyogi.tau", kDivides);
  check(aggregation.has_fedadagrad() && aggregation.fedadagrad().tau() == 0, "aggregation.fedadagrad.tau", kDivides);
  const double pull = aggregation.fedprox().mu() * spec.training().sgd().learning_rate();
  if (aggregation.has_fedprox() && pull >= 2) {
    faults.Add("aggregation.fedprox.mu",
               absl::StrCat("times training.sgd.learning_rate is ", pull,
                            ": each step would throw the model further from where it began; expected below 2"));
  }
  if (aggregation.has_fedprox() && spec.model().has_drill()) {
    faults.Add("aggregation.fedprox", "changes what sites train, and a drill trains nothing; use fedavg");
  }
  if (aggregation.has_fednova() && spec.model().has_drill()) {
    faults.Add("aggregation.fednova",
               "divides by the steps that a site trained, and a drill trains nothing; use fedavg");
  } else if (aggregation.has_fednova() && spec.training().has_adam()) {
    faults.Add(
        "aggregation.fednova",
        "divides a site's change by its steps of SGD, and adam's steps do not add up so; use training.sgd, or fedavg");
  }
}

}  // namespace accord
