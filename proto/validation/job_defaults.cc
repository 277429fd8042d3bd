#include "proto/validation/combiner_checks.h"
#include "proto/validation/data_kinds.h"
#include "proto/validation/evaluation_checks.h"
#include "proto/validation/job_validation.h"
#include "proto/validation/load_config.h"
#include "proto/validation/network_checks.h"
#include "proto/validation/newton_checks.h"
#include "proto/validation/strategy_checks.h"
#include "proto/validation/sum_checks.h"

namespace accord {
namespace {

void ApplyModelDefaults(v1::ModelSpec& model, const FieldPlaces* places) {
  if (model.initial_weights() == v1::ModelSpec::INITIAL_WEIGHTS_UNSPECIFIED && !model.has_start_from()) {
    model.set_initial_weights(v1::ModelSpec::RANDOM);
  }
  ApplyNetworkDefaults(model, places);
  if (!model.has_small_cnn()) return;
  v1::SmallCnn& cnn = *model.mutable_small_cnn();
  if (IsUnset(cnn.channels_size() == 0, places, "model.small_cnn.channels")) {
    cnn.add_channels(16);
    cnn.add_channels(32);
  }
  if (IsUnset(cnn.hidden() == 0, places, "model.small_cnn.hidden")) cnn.set_hidden(128);
}

void ApplyTextDefaults(v1::Text& text, const FieldPlaces* places) {
  if (text.tokens() == v1::Text::TOKENS_UNSPECIFIED) text.set_tokens(v1::Text::WORDS);
  if (text.long_texts() == v1::Text::LONG_TEXTS_UNSPECIFIED) text.set_long_texts(v1::Text::REFUSE);
  if (IsUnset(text.vocabulary() == 0, places, "data.text.vocabulary")) {
    text.set_vocabulary(text.tokens() == v1::Text::BYTES ? 256 : 4096);
  }
}

void ApplyTrainingDefaults(v1::Training& training, const FieldPlaces* places) {
  if (!training.has_adam()) return;
  v1::Adam& adam = *training.mutable_adam();
  if (IsUnset(adam.beta1() == 0, places, "training.adam.beta1")) adam.set_beta1(0.9);
  if (IsUnset(adam.beta2() == 0, places, "training.adam.beta2")) adam.set_beta2(0.999);
  if (IsUnset(adam.epsilon() == 0, places, "training.adam.epsilon")) adam.set_epsilon(1e-8);
}

void ApplyStrategyDefaults(v1::Aggregation& aggregation, const FieldPlaces* places) {
  const auto fill = [places](const char* path, double value, double by_default, auto set) {
    if (IsUnset(value == 0, places, path)) set(by_default);
  };
  if (aggregation.has_fedavg()) {
    v1::FedAvg& rule = *aggregation.mutable_fedavg();
    fill("aggregation.fedavg.server_learning_rate", rule.server_learning_rate(), 1,
         [&](double value) { rule.set_server_learning_rate(value); });
  } else if (aggregation.has_fedprox()) {
    v1::FedProx& rule = *aggregation.mutable_fedprox();
    fill("aggregation.fedprox.server_learning_rate", rule.server_learning_rate(), 1,
         [&](double value) { rule.set_server_learning_rate(value); });
  } else if (aggregation.has_fednova()) {
    v1::FedNova& rule = *aggregation.mutable_fednova();
    fill("aggregation.fednova.server_learning_rate", rule.server_learning_rate(), 1,
         [&](double value) { rule.set_server_learning_rate(value); });
  } else if (aggregation.has_fedavgm()) {
    v1::FedAvgM& rule = *aggregation.mutable_fedavgm();
    fill("aggregation.fedavgm.server_learning_rate", rule.server_learning_rate(), 1,
         [&](double value) { rule.set_server_learning_rate(value); });
    fill("aggregation.fedavgm.momentum", rule.momentum(), 0.9, [&](double value) { rule.set_momentum(value); });
  } else if (aggregation.has_fedadam()) {
    v1::FedAdam& rule = *aggregation.mutable_fedadam();
    fill("aggregation.fedadam.beta1", rule.beta1(), 0.9, [&](double value) { rule.set_beta1(value); });
    fill("aggregation.fedadam.beta2", rule.beta2(), 0.99, [&](double value) { rule.set_beta2(value); });
    fill("aggregation.fedadam.tau", rule.tau(), 1e-3, [&](double value) { rule.set_tau(value); });
  } else if (aggregation.has_fedyogi()) {
    v1::FedYogi& rule = *aggregation.mutable_fedyogi();
    fill("aggregation.fedyogi.beta1", rule.beta1(), 0.9, [&](double value) { rule.set_beta1(value); });
    fill("aggregation.fedyogi.beta2", rule.beta2(), 0.99, [&](double value) { rule.set_beta2(value); });
    fill("aggregation.fedyogi.tau", rule.tau(), 1e-3, [&](double value) { rule.set_tau(value); });
  } else if (aggregation.has_fedadagrad()) {
    v1::FedAdagrad& rule = *aggregation.mutable_fedadagrad();
    fill("aggregation.fedadagrad.tau", rule.tau(), 1e-3, [&](double value) { rule.set_tau(value); });
  }
}

// Of the strategies by which sites keep something between rounds.
void ApplyKeepingDefaults(v1::JobSpec& spec, const FieldPlaces* places) {
  v1::Aggregation& aggregation = *spec.mutable_aggregation();
  const auto fill_rate = [places](auto& rule, const char* path) {
    if (IsUnset(rule.server_learning_rate() == 0, places, path)) rule.set_server_learning_rate(1);
  };
  if (aggregation.has_scaffold()) {
    v1::Scaffold& rule = *aggregation.mutable_scaffold();
    fill_rate(rule, "aggregation.scaffold.server_learning_rate");
    if (IsUnset(rule.control_bound() == 0, places, "aggregation.scaffold.control_bound")) {
      rule.set_control_bound(DefaultControlBound(spec));
    }
  } else if (aggregation.has_fedbn()) {
    fill_rate(*aggregation.mutable_fedbn(), "aggregation.fedbn.server_learning_rate");
  } else if (aggregation.has_fedper()) {
    fill_rate(*aggregation.mutable_fedper(), "aggregation.fedper.server_learning_rate");
  } else if (aggregation.has_fedrep()) {
    v1::FedRep& rule = *aggregation.mutable_fedrep();
    fill_rate(rule, "aggregation.fedrep.server_learning_rate");
    if (IsUnset(rule.head_epochs() == 0, places, "aggregation.fedrep.head_epochs")) rule.set_head_epochs(10);
  } else if (aggregation.has_ditto()) {
    v1::Ditto& rule = *aggregation.mutable_ditto();
    fill_rate(rule, "aggregation.ditto.server_learning_rate");
    if (rule.evaluated() == v1::Ditto::EVALUATED_UNSPECIFIED) rule.set_evaluated(v1::Ditto::PERSONAL);
  }
}

void ApplyNewtonDefaults(v1::JobSpec& spec, const FieldPlaces* places) {
  v1::Newton& newton = *spec.mutable_aggregation()->mutable_newton();
  if (IsUnset(newton.tolerance() == 0, places, "aggregation.newton.tolerance")) {
    newton.set_tolerance(kDefaultNewtonTolerance);
  }
  // It begins at no model's weights.
  if (spec.model().initial_weights() == v1::ModelSpec::INITIAL_WEIGHTS_UNSPECIFIED && !spec.model().has_start_from()) {
    spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
  }
  if (spec.model().has_cox() && spec.model().cox().ties() == v1::Cox::TIES_UNSPECIFIED) {
    spec.mutable_model()->mutable_cox()->set_ties(v1::Cox::EFRON);
  }
}

void ApplyRoundDefaults(v1::Rounds& rounds, const FieldPlaces* places) {
  if (rounds.target_sites() == 0) rounds.set_target_sites(rounds.min_sites());  // 0 means just this
  if (IsUnset(rounds.gather_s() == 0, places, "rounds.gather_s")) rounds.set_gather_s(10);
  if (IsUnset(rounds.silence_s() == 0, places, "rounds.silence_s")) rounds.set_silence_s(60);
  if (IsUnset(rounds.deadline_s() == 0, places, "rounds.deadline_s")) rounds.set_deadline_s(3600);
  if (IsUnset(rounds.max_attempts() == 0, places, "rounds.max_attempts")) rounds.set_max_attempts(5);
  if (IsUnset(rounds.patience_s() == 0, places, "rounds.patience_s")) rounds.set_patience_s(86400);
}

void ApplyComputeDefaults(v1::Compute& compute, const FieldPlaces* places) {
  if (IsUnset(compute.threads() == 0, places, "compute.threads")) compute.set_threads(1);
  if (IsUnset(compute.memory_mib() == 0, places, "compute.memory_mib")) compute.set_memory_mib(4096);
  if (compute.device() == v1::Compute::DEVICE_UNSPECIFIED) compute.set_device(v1::Compute::CPU);
}

}  // namespace

void ApplyDefaults(v1::JobSpec& spec, const FieldPlaces* places) {
  const bool newton = spec.aggregation().has_newton();
  if (newton) ApplyNewtonDefaults(spec, places);
  if (!newton && !spec.model().has_drill() &&
      spec.preprocessing().standardise() == v1::Preprocessing::STANDARDISE_UNSPECIFIED) {
    // Pixels are 0 to 1 already, series in the schema's unit, and tokens are no quantities.
    // A sum over all sites is what a combiner is there to avoid (combiner_checks.cc).
    spec.mutable_preprocessing()->set_standardise(!IsTable(spec.data())               ? v1::Preprocessing::NONE
                                                  : spec.aggregation().has_combiner() ? v1::Preprocessing::PER_SITE
                                                                                      : v1::Preprocessing::FEDERATED);
  }
  if (spec.data().has_text()) ApplyTextDefaults(*spec.mutable_data()->mutable_text(), places);
  ApplyModelDefaults(*spec.mutable_model(), places);
  if (spec.has_training()) ApplyTrainingDefaults(*spec.mutable_training(), places);
  ApplyStrategyDefaults(*spec.mutable_aggregation(), places);
  ApplyKeepingDefaults(spec, places);
  ApplyCombinerDefaults(*spec.mutable_aggregation(), places);
  ApplySumDefaults(*spec.mutable_aggregation(), places);
  ApplyAloneDefaults(spec, places);
  ApplyRoundDefaults(*spec.mutable_rounds(), places);
  ApplyComputeDefaults(*spec.mutable_compute(), places);
  ApplyEvaluationDefaults(spec, places);
}

}  // namespace accord
