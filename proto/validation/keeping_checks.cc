#include <string>

#include "absl/strings/str_cat.h"
#include "proto/validation/strategy_checks.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

using Names = google::protobuf::RepeatedPtrField<std::string>;

void CheckScaffold(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Training& training = spec.training();
  if (training.has_adam()) {
    faults.Add("aggregation.scaffold",
               "takes a site's change divided by its steps for its mean gradient, and adam's steps are no multiple of "
               "one; use training.sgd without momentum, or fedavg");
  } else if (training.sgd().momentum() != 0) {
    faults.Add("training.sgd.momentum",
               "goes on with gradients of earlier steps, and scaffold corrects each step by itself; remove it, or use "
               "fedavg");
  }
  if (spec.rounds().sites().empty()) {
    faults.Add("rounds.sites",
               "is empty: scaffold takes the mean over the control variates of all sites, also of those that miss a "
               "round; name them all");
  }
  if (spec.aggregation().scaffold().control_bound() == 0 && DefaultControlBound(spec) > 0) {
    faults.Add("aggregation.scaffold.control_bound",
               "is 0, so that no control variate would ever change; expected above 0, or nothing");
  }
}

bool HasNormalisation(const v1::ModelSpec& model) {
  // What a job's own model has is looked up in its layout (aggregation/programs/local_layers.h).
  return model.has_torchscript() || model.has_resnet18() || model.has_unet() || model.has_text_transformer();
}

void CheckLayerNames(const Names& layers, const std::string& path, FaultList& faults) {
  CheckDistinct(layers, path, "layer", faults);
  for (int i = 0; i < layers.size(); ++i) {
    if (!layers[i].empty() && layers[i].size() <= 512) continue;
    faults.Add(ItemPath(path, i), "is no name of a layer; expected 1 to 512 characters, as of the model's state_dict");
  }
}

// The round that is kept has the common part of one round, and sites have their own of the last one.
void CheckKeepsLast(const v1::JobSpec& spec, const char* strategy, FaultList& faults) {
  if (spec.evaluation().keep() != v1::Evaluation::BEST) return;
  faults.Add(
      "evaluation.keep",
      absl::StrCat("is best, and with ", strategy,
                   " each site has a model of its own, of the last round: the best round's is not kept anywhere; "
                   "remove it"));
}

void CheckDitto(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Ditto& ditto = spec.aggregation().ditto();
  const double pull = ditto.lambda() * spec.training().sgd().learning_rate();
  if (pull >= 2) {
    faults.Add("aggregation.ditto.lambda",
               absl::StrCat("times training.sgd.learning_rate is ", pull,
                            ": each step would throw a site's own model to the other side of the common one; expected "
                            "below 2"));
  }
  if (ditto.evaluated() != v1::Ditto::COMMON) CheckKeepsLast(spec, "ditto", faults);
}

}  // namespace

double DefaultControlBound(const v1::JobSpec& spec) {
  const v1::Training& training = spec.training();
  const double steps =
      training.amount_case() == v1::Training::kLocalSteps ? training.local_steps() : training.local_epochs();
  const double rate = training.sgd().learning_rate();
  if (!(steps > 0) || !(rate > 0)) return 0;
  return 2 * spec.aggregation().update_bound() / (rate * steps);
}

void CheckKeepingStrategy(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Aggregation& aggregation = spec.aggregation();
  const char* strategy = aggregation.has_scaffold() ? "scaffold"
                         : aggregation.has_fedbn()  ? "fedbn"
                         : aggregation.has_fedper() ? "fedper"
                         : aggregation.has_fedrep() ? "fedrep"
                         : aggregation.has_ditto()  ? "ditto"
                                                    : nullptr;
  if (strategy == nullptr) return;
  if (spec.model().has_drill()) {
    faults.Add(absl::StrCat("aggregation.", strategy),
               "changes what sites train, and a drill trains nothing; use fedavg");
    return;
  }
  if (aggregation.has_scaffold()) CheckScaffold(spec, faults);
  if (aggregation.has_ditto()) CheckDitto(spec, faults);
  if (aggregation.has_fedper()) CheckLayerNames(aggregation.fedper().layers(), "aggregation.fedper.layers", faults);
  if (aggregation.has_fedrep()) {
    CheckLayerNames(aggregation.fedrep().layers(), "aggregation.fedrep.layers", faults);
    if (aggregation.fedrep().head_epochs() == 0) {
      faults.Add("aggregation.fedrep.head_epochs",
                 "is 0: the named layers would never learn; expected at least 1, or fedper, which trains all together");
    }
  }
  if (aggregation.has_fedbn() && !HasNormalisation(spec.model())) {
    faults.Add("aggregation.fedbn",
               "keeps normalisation layers at each site, and the job's model has none (resnet18, unet and "
               "text_transformer have); use fedavg, or fedper with the names of layers");
  }
  if (aggregation.has_fedbn() || aggregation.has_fedper() || aggregation.has_fedrep()) {
    CheckKeepsLast(spec, strategy, faults);
  }
}

}  // namespace accord
