#include "cli/job_summary.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "aggregation/newton/regression.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/columns.h"
#include "aggregation/programs/step_places.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/programs/step_words.h"
#include "aggregation/robust/rule_words.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/evaluation_words.h"
#include "cli/numbers.h"
#include "cli/terminal_text.h"

namespace accord {
namespace {

constexpr size_t kLabelWidth = 13;
constexpr int kMostLevelsNamed = 12;

std::string Line(absl::string_view label, absl::string_view text) {
  return absl::StrCat("  ", Padded(label, kLabelWidth), Printable(text), "\n");
}

std::string TargetInWords(const v1::Target& target) {
  if (target.has_survival()) {
    const v1::Survival& survival = target.survival();
    const std::string unit = survival.unit().empty() ? "" : absl::StrCat(" (", survival.unit(), ")");
    const auto& levels = survival.event().category().levels();
    return absl::StrCat("the time ", target.name(), unit, " until ", survival.event().name(), " is ",
                        levels.size() == 2 ? levels[1] : "so", ", or censored");
  }
  if (target.has_mask()) {
    return absl::StrCat("the mask ", target.name(), ": for each pixel one of ",
                        absl::StrJoin(target.mask().levels(), ", "));
  }
  if (target.has_numeric()) {
    const std::string unit = target.numeric().unit().empty() ? "" : absl::StrCat(" (", target.numeric().unit(), ")");
    return absl::StrCat("the number ", target.name(), unit);
  }
  const auto& levels = target.category().levels();
  if (levels.size() > kMostLevelsNamed) return absl::StrCat(target.name(), ", one of ", levels.size(), " classes");
  return absl::StrCat(target.name(), ", one of ", absl::StrJoin(levels, ", "));
}

std::string TextInWords(const v1::Text& text) {
  const std::string tokens = text.tokens() == v1::Text::BYTES ? "bytes"
                             : text.tokens() == v1::Text::IDS
                                 ? absl::StrCat("ready token ids, 1 to ", CountInWords(text.vocabulary()))
                                 : absl::StrCat("words, hashed to ", Plural(text.vocabulary(), "number"));
  return absl::StrCat(text.name().empty() ? "texts" : absl::StrCat("texts of the column ", text.name()), " as ", tokens,
                      "; at most ", Plural(text.length(), "token"), ", longer ones are ",
                      text.long_texts() == v1::Text::CUT ? "cut" : "refused");
}

std::string DataInWords(const v1::JobSpec& spec) {
  const v1::DataSchema& data = spec.data();
  if (data.has_image()) {
    return absl::StrCat("data set \"", data.name(), "\": images of ", data.image().height(), " x ",
                        data.image().width(), " pixels, ", Plural(data.image().channels(), "channel"));
  }
  if (data.has_series()) {
    const std::string unit = data.series().unit().empty() ? "" : absl::StrCat(" in ", data.series().unit());
    return absl::StrCat("data set \"", data.name(), "\": series", unit, " of ",
                        Plural(data.series().channels_size(), "channel"), ", ",
                        Plural(data.series().length(), "measurement"), " each");
  }
  if (data.has_text()) return absl::StrCat("data set \"", data.name(), "\": ", TextInWords(data.text()));
  int numeric = 0;
  for (const auto& feature : data.features()) numeric += feature.has_numeric() ? 1 : 0;
  const int categories = data.features_size() - numeric;
  return absl::StrCat("data set \"", data.name(), "\": ", Plural(data.features_size(), "feature"), " (", numeric,
                      " numeric, ", categories, " categorical), ", Plural(InputColumns(data).size(), "input column"));
}

std::string PreparationInWords(const v1::JobSpec& spec) {
  if (spec.aggregation().has_newton()) {
    return "rows with a missing value are left out and counted; estimates are in the columns' own units";
  }
  switch (spec.preprocessing().standardise()) {
    case v1::Preprocessing::NONE:
      return "none: numbers as they are";
    case v1::Preprocessing::PER_SITE:
      return "each site standardises with its own mean and spread";
    default:
      return "columns standardised with the common mean and spread of all sites, from one round of sums";
  }
}

std::string KindOfModel(const v1::ModelSpec& model) {
  switch (model.kind_case()) {
    case v1::ModelSpec::kLogisticRegression:
      return "logistic regression";
    case v1::ModelSpec::kLinearRegression:
      return "linear regression";
    case v1::ModelSpec::kPoissonRegression:
      return model.poisson_regression().has_exposure()
                 ? absl::StrCat("Poisson regression of rates by ", model.poisson_regression().exposure().name())
                 : "Poisson regression of counts";
    case v1::ModelSpec::kCox:
      return absl::StrCat("Cox regression stratified by site, ties by ",
                          model.cox().ties() == v1::Cox::BRESLOW ? "Breslow" : "Efron");
    case v1::ModelSpec::kMlp:
      return absl::StrCat("network with hidden layers of ", absl::StrJoin(model.mlp().hidden(), ", "), " units");
    case v1::ModelSpec::kSmallCnn:
      return absl::StrCat("convolutional network with ", absl::StrJoin(model.small_cnn().channels(), " and "),
                          " channels and ", model.small_cnn().hidden(), " hidden units");
    case v1::ModelSpec::kSeriesCnn:
      return absl::StrCat("convolutional network over time with ", absl::StrJoin(model.series_cnn().channels(), ", "),
                          " channels, ", model.series_cnn().kernel(), " measurements at once");
    case v1::ModelSpec::kSeriesRnn:
      return absl::StrCat(model.series_rnn().cell() == v1::SeriesRnn::LSTM ? "LSTM" : "GRU", " network with ",
                          Plural(model.series_rnn().layers(), "layer"), " of ",
                          Plural(model.series_rnn().hidden(), "unit"));
    case v1::ModelSpec::kTextTransformer:
      return absl::StrCat("transformer with ", Plural(model.text_transformer().blocks(), "block"), " of ",
                          Plural(model.text_transformer().heads(), "head"), ", ", model.text_transformer().width(),
                          " numbers a token");
    case v1::ModelSpec::kResnet18:
      return absl::StrCat("ResNet-18 of width ", model.resnet18().width(), " with group normalisation");
    case v1::ModelSpec::kUnet:
      return absl::StrCat("U-Net with ", absl::StrJoin(model.unet().channels(), ", "), " channels");
    case v1::ModelSpec::kTorchscript:
      return absl::StrCat("TorchScript file ", model.torchscript().file(), " (SHA-256 ",
                          model.torchscript().sha256().substr(0, 12), "...)");
    default:
      return "drill: no data and no training, every site answers alike";
  }
}

std::string ModelInWords(const CheckedJob& job) {
  const v1::ModelSpec& model = job.spec.model();
  if (job.spec.aggregation().has_newton()) {
    const auto regression = RegressionOf(job.spec);
    return absl::StrCat(KindOfModel(model), ", ", Plural(regression.ok() ? regression->size() : 0, "coefficient"));
  }
  const std::string start = model.has_start_from()
                                ? absl::StrCat("starts from ", model.start_from().file(), " (model ",
                                               model.start_from().model_digest().substr(0, 12), "...)")
                            : model.initial_weights() == v1::ModelSpec::ZEROS ? "starts from zeros"
                                                                              : "starts from the job's seed";
  return absl::StrCat(KindOfModel(model), ", ", Plural(job.layout.num_elements(), "parameter"), ", ", start);
}

std::string OptimizerInWords(const v1::Training& training) {
  if (training.has_adam()) return absl::StrCat("Adam, learning rate ", training.adam().learning_rate());
  const std::string momentum =
      training.sgd().momentum() > 0 ? absl::StrCat(", momentum ", training.sgd().momentum()) : "";
  return absl::StrCat("SGD, learning rate ", training.sgd().learning_rate(), momentum);
}

std::string ScheduleInWords(const v1::Training& training) {
  std::string words;
  const v1::Schedule& schedule = training.schedule();
  if (schedule.has_cosine()) {
    words = absl::StrCat(", going down to ", schedule.cosine().final_factor(), " of it along a cosine");
  } else if (schedule.has_step()) {
    words =
        absl::StrCat(", times ", schedule.step().factor(), " every ", Plural(schedule.step().every_rounds(), "round"));
  } else if (schedule.has_exponential()) {
    words = absl::StrCat(", times ", schedule.exponential().factor(), " every round");
  }
  if (schedule.warmup_rounds() > 0) {
    absl::StrAppend(&words, ", after ", Plural(schedule.warmup_rounds(), "round"), " of warm-up");
  }
  if (training.clip_gradient_norm() > 0) {
    absl::StrAppend(&words, ", gradients no longer than ", training.clip_gradient_norm());
  }
  if (!training.class_weights().empty()) {
    absl::StrAppend(&words, ", classes weighted ", absl::StrJoin(training.class_weights(), " : "));
  }
  return words;
}

std::string TrainingInWords(const v1::Training& training) {
  const std::string amount =
      training.has_local_steps()
          ? Plural(training.local_steps(), "step")
          : absl::StrCat(training.local_epochs(), training.local_epochs() == 1 ? " pass over" : " passes over",
                         " its rows");
  const std::string batch = training.batch_size() == 0
                                ? "all rows in one batch"
                                : absl::StrCat("batches of ", Plural(training.batch_size(), "row"));
  return absl::StrCat(OptimizerInWords(training), ScheduleInWords(training), "; each round each site makes ", amount,
                      ", ", batch);
}

std::string DeviceInWords(const v1::JobSpec& spec) {
  switch (spec.compute().device()) {
    case v1::Compute::CUDA:
      return ", on a GPU; a site without takes no part";
    case v1::Compute::AUTO:
      return ", on a GPU at sites that offer one";
    default:
      return "";
  }
}

// What the coordinator does with the sites' mean change, or with newton's sums.
std::string StrategyInWords(const v1::Aggregation& aggregation) {
  const auto adaptive = [](const char* name, double rate) {
    return absl::StrCat(name, ", the server's steps are about ", rate, " a parameter and round");
  };
  const auto times = [](double rate) { return rate == 1 ? "" : absl::StrCat(", times ", rate); };
  switch (aggregation.strategy_case()) {
    case v1::Aggregation::kFedprox:
      return absl::StrCat("FedProx (each site is held near the model it got, mu ", aggregation.fedprox().mu(), ")",
                          times(aggregation.fedprox().server_learning_rate()));
    case v1::Aggregation::kFednova:
      return absl::StrCat("FedNova (each site's change counts by the step, so that more steps do not pull harder)",
                          times(aggregation.fednova().server_learning_rate()));
    case v1::Aggregation::kFedavgm:
      return absl::StrCat("FedAvgM (momentum ", aggregation.fedavgm().momentum(), ")",
                          times(aggregation.fedavgm().server_learning_rate()));
    case v1::Aggregation::kFedadam:
      return adaptive("FedAdam", aggregation.fedadam().server_learning_rate());
    case v1::Aggregation::kFedyogi:
      return adaptive("FedYogi", aggregation.fedyogi().server_learning_rate());
    case v1::Aggregation::kFedadagrad:
      return adaptive("FedAdagrad", aggregation.fedadagrad().server_learning_rate());
    case v1::Aggregation::kScaffold:
      return absl::StrCat(
          "SCAFFOLD (each site's steps are corrected by how its gradients differ from everybody's; sites "
          "count alike)",
          times(aggregation.scaffold().server_learning_rate()));
    case v1::Aggregation::kFedbn:
      return absl::StrCat("FedBN (normalisation layers stay at each site)",
                          times(aggregation.fedbn().server_learning_rate()));
    case v1::Aggregation::kFedper:
      return absl::StrCat("FedPer (", absl::StrJoin(aggregation.fedper().layers(), ", "), " stay at each site)",
                          times(aggregation.fedper().server_learning_rate()));
    case v1::Aggregation::kFedrep:
      return absl::StrCat("FedRep (", absl::StrJoin(aggregation.fedrep().layers(), ", "),
                          " stay at each site and learn ", aggregation.fedrep().head_epochs(),
                          " epochs before the others)", times(aggregation.fedrep().server_learning_rate()));
    case v1::Aggregation::kDitto:
      return absl::StrCat(
          "Ditto (beside the common model each site trains one of its own, held near the common one, "
          "lambda ",
          aggregation.ditto().lambda(), ")", times(aggregation.ditto().server_learning_rate()));
    case v1::Aggregation::kCyclic:
      return absl::StrCat(
          "cyclic weight transfer (one site after another trains on the model that the one before it "
          "made, ",
          aggregation.cyclic().order() == v1::Cyclic::SHUFFLED ? "in another order in each cycle"
                                                               : "in the order of rounds.sites",
          "; a site that is away for ", aggregation.cyclic().wait_s(), " s misses its turn)");
    case v1::Aggregation::kFedbuff:
      return absl::StrCat("FedBuff (a round is the next ", Plural(aggregation.fedbuff().buffer(), "change"),
                          " to arrive; one by a model that is t rounds old counts 1/sqrt(1 + t), one above ",
                          aggregation.fedbuff().max_staleness(), " begins anew)",
                          times(aggregation.fedbuff().server_learning_rate()));
    case v1::Aggregation::kNewton:
      return absl::StrCat("Newton steps of the summed score and information until none moves a coefficient by ",
                          aggregation.newton().tolerance());
    default:
      return absl::StrCat("FedAvg", times(aggregation.fedavg().server_learning_rate()));
  }
}

std::string NormBoundInWords(const v1::Aggregation& aggregation) {
  const double bound = aggregation.update_norm_bound();
  return bound == 0 ? "" : absl::StrCat(", and each site shortens its change to a norm of ", bound, " itself");
}

std::string CombinationInWords(const v1::Aggregation& aggregation) {
  const std::string strategy = StrategyInWords(aggregation);
  const std::string most_rows = CountInWords(aggregation.max_rows_per_site());
  if (aggregation.has_newton()) {
    return absl::StrCat(strategy, "; a site with more than ", most_rows, " rows takes no part");
  }
  if (aggregation.has_scaffold()) {
    return absl::StrCat(strategy, "; changes above ", aggregation.update_bound(), ", of control variates above ",
                        aggregation.scaffold().control_bound(), ", are clipped", NormBoundInWords(aggregation));
  }
  if (aggregation.has_cyclic() || aggregation.has_fedbuff()) {
    return absl::StrCat(strategy, "; sites count alike; changes above ", aggregation.update_bound(), " are clipped");
  }
  if (aggregation.has_combiner()) {
    return absl::StrCat(strategy, "; instead of the mean, ", RuleInWords(aggregation.combiner()), "; changes above ",
                        aggregation.update_bound(), " are clipped", NormBoundInWords(aggregation));
  }
  return absl::StrCat(strategy, "; sites are averaged by rows (at most ", most_rows, " a site); changes above ",
                      aggregation.update_bound(), " are clipped", NormBoundInWords(aggregation));
}

std::string RoundsInWords(const v1::JobSpec& spec) {
  const v1::Rounds& rounds = spec.rounds();
  const uint32_t target = std::max(rounds.target_sites(), rounds.min_sites());
  if (spec.aggregation().has_cyclic()) {
    return absl::StrCat(Plural(rounds.count(), "cycle"), " of ", Plural(rounds.sites_size(), "turn"),
                        ", each with one site alone, and an evaluation by all that are there");
  }
  if (spec.aggregation().has_fedbuff()) {
    return absl::StrCat(CountInWords(rounds.count()), ", each of ",
                        Plural(spec.aggregation().fedbuff().buffer(), "change"), ", whoever sends them first");
  }
  return absl::StrCat(spec.aggregation().has_newton() ? "at most " : "", CountInWords(rounds.count()),
                      ", each with at least ", Plural(rounds.min_sites(), "site"), "; starts at once with ", target,
                      ", else after ", rounds.gather_s(), " s");
}

// Whose numbers are added up in such a step.
uint32_t SitesOfSum(const v1::JobSpec& spec, v1::StepKind kind) {
  if (kind == v1::STEP_TRAIN && spec.aggregation().has_cyclic()) return 1;
  if (kind == v1::STEP_TRAIN && spec.aggregation().has_fedbuff()) return spec.aggregation().fedbuff().buffer();
  return PlannedCohort(spec);
}

std::string SitesInWords(const v1::JobSpec& spec) {
  if (!spec.rounds().sites().empty()) return absl::StrJoin(spec.rounds().sites(), ", ");
  if (spec.model().has_drill()) return "every site";
  return absl::StrCat("every site that releases \"", spec.data().name(), "\"");
}

}  // namespace

std::string ProtectionInWords(const v1::JobSpec& spec) {
  if (!HasSecureSum(spec)) {
    return "none: the coordinator reads each site's numbers (plain_sum); every site's config must allow it";
  }
  const v1::SecureSum& sum = spec.aggregation().secure_sum();
  const uint32_t colluding = ColludingOrganisationsOf(spec);
  if (sum.two_sites()) {
    return "secure sum, the coordinator learns the total alone; of two sites each learns the other's numbers from it";
  }
  const absl::string_view graph =
      sum.graph() == v1::SecureSum::SPARSE ? ", over a sparse graph: a sum contains many honest sites, not all" : "";
  return absl::StrCat("secure sum, the coordinator learns the total alone, even together with ",
                      Plural(colluding, "organisation"), graph);
}

bool ExposesSites(const v1::JobSpec& spec) {
  return !HasSecureSum(spec) || spec.aggregation().secure_sum().two_sites();
}

std::string PrecisionInWords(const v1::JobSpec& spec, const std::vector<PlannedStep>& steps) {
  if (spec.aggregation().has_newton()) return "64 bits a number: sums keep a double's digits";
  for (const PlannedStep& step : steps) {
    if (step.departure.step_of_a_change == 0) continue;
    return absl::StrFormat("%d bits a number: with %s a change is told to the nearest %.1e", step.departure.ring_bits,
                           Plural(SitesOfSum(spec, step.departure.kind), "site"), step.departure.step_of_a_change);
  }
  return "";
}

uint32_t PlannedCohort(const v1::JobSpec& spec) {
  return std::max(spec.rounds().target_sites(), spec.rounds().min_sites());
}

absl::StatusOr<std::vector<PlannedStep>> PlannedSteps(const CheckedJob& job) {
  std::vector<PlannedStep> steps;
  const StepPlaces places(job.spec);
  const std::vector<v1::StepKind> kinds = StepsOf(job.spec);
  for (uint32_t step = 0; step < kinds.size(); ++step) {
    if (places.TurnOf(step) > 1) continue;  // another site's: each has one turn in a cycle
    const v1::StepKind kind = kinds[step];
    const auto known = std::find_if(steps.begin(), steps.end(),
                                    [kind](const PlannedStep& planned) { return planned.departure.kind == kind; });
    if (known != steps.end()) {
      ++known->rounds;
      continue;
    }
    ACCORD_ASSIGN_OR_RETURN(Departure departure,
                            DescribeDeparture(job.spec, kind, job.layout.num_elements(), SitesOfSum(job.spec, kind)));
    steps.push_back({.rounds = 1, .departure = std::move(departure)});
  }
  return steps;
}

std::string JobSummary(const CheckedJob& job, const std::vector<PlannedStep>& steps) {
  const v1::JobSpec& spec = job.spec;
  std::string text = absl::StrCat(Printable(spec.name()), " is a valid job.\n\n");
  absl::StrAppend(&text, Line("Purpose", spec.purpose()));
  if (!spec.model().has_drill()) {
    absl::StrAppend(&text, Line("Data", DataInWords(spec)), Line("Target", TargetInWords(spec.data().target())),
                    Line("Preparation", PreparationInWords(spec)));
  }
  absl::StrAppend(&text, Line("Model", ModelInWords(job)));
  if (spec.has_training()) {
    absl::StrAppend(&text, Line("Training", absl::StrCat(TrainingInWords(spec.training()), DeviceInWords(spec))));
  }
  if (const std::string evaluation = EvaluationInWords(spec); !evaluation.empty()) {
    absl::StrAppend(&text, Line("Evaluation", evaluation));
  }
  absl::StrAppend(&text, Line("Combination", CombinationInWords(spec.aggregation())),
                  Line("Precision", PrecisionInWords(spec, steps)), Line("Protection", ProtectionInWords(spec)),
                  Line("Rounds", RoundsInWords(spec)), Line("Sites", SitesInWords(spec)),
                  "\nEach site sends, and nothing else:\n");
  for (const PlannedStep& step : steps) {
    absl::StrAppend(&text, "  ", StepInWords(step.departure.kind), ", ", Plural(step.rounds, "round"), ", ",
                    CountInWords(step.departure.bytes), " bytes each:\n");
    for (const std::string& content : step.departure.contents) absl::StrAppend(&text, "    ", content, "\n");
  }
  return text;
}

}  // namespace accord
