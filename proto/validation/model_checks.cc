#include "proto/validation/model_checks.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "proto/validation/network_checks.h"

namespace accord {
namespace {

constexpr double kMaxParameters = 1e9;  // as of a drill's (job.proto)
constexpr uint32_t kMaxUnits = 65536;
constexpr uint32_t kMaxChannels = 1024;

// Numbers that the model is given for one row. In double: a hostile job's product must not wrap.
double NumInputs(const v1::DataSchema& data) {
  if (data.has_image()) {
    return double{1} * data.image().height() * data.image().width() * data.image().channels();
  }
  if (data.has_series()) return double{1} * data.series().channels_size() * data.series().length();
  double columns = 0;
  for (const v1::Feature& feature : data.features()) {
    columns += feature.has_category() ? feature.category().levels_size() - 1 : 1;
  }
  return columns;
}

double NumOutputs(const v1::DataSchema& data) {
  if (data.target().has_mask()) return data.target().mask().levels_size();
  if (!data.target().has_category()) return 1;
  const int levels = data.target().category().levels_size();
  return levels == 2 ? 1 : levels;
}

double MlpParameters(const v1::Mlp& mlp, const v1::DataSchema& data) {
  double width = NumInputs(data);
  double parameters = 0;
  for (const uint32_t units : mlp.hidden()) {
    parameters += (width + 1) * units;
    width = units;
  }
  return parameters + (width + 1) * NumOutputs(data);
}

double CnnParameters(const v1::SmallCnn& cnn, const v1::DataSchema& data) {
  if (cnn.channels_size() != 2) return 0;
  constexpr double kKernel = 5 * 5;
  const double pooled_pixels = double{1} * (data.image().height() / 4) * (data.image().width() / 4);
  const double convolutions =
      (kKernel * data.image().channels() + 1) * cnn.channels(0) + (kKernel * cnn.channels(0) + 1) * cnn.channels(1);
  return convolutions + (pooled_pixels * cnn.channels(1) + 1) * cnn.hidden() + (cnn.hidden() + 1.0) * NumOutputs(data);
}

double NumParameters(const v1::JobSpec& spec) {
  switch (spec.model().kind_case()) {
    case v1::ModelSpec::kLogisticRegression:
    case v1::ModelSpec::kLinearRegression:
    case v1::ModelSpec::kPoissonRegression:
    case v1::ModelSpec::kCox:
      return (NumInputs(spec.data()) + 1) * NumOutputs(spec.data());
    case v1::ModelSpec::kMlp:
      return MlpParameters(spec.model().mlp(), spec.data());
    case v1::ModelSpec::kSmallCnn:
      return CnnParameters(spec.model().small_cnn(), spec.data());
    default:  // drills are limited by their rule, TorchScript files by their size
      return NetworkParameters(spec, NumOutputs(spec.data()));
  }
}

template <typename Widths>
void CheckWidths(const Widths& widths, uint32_t most, const std::string& path, FaultList& faults) {
  for (int i = 0; i < widths.size(); ++i) {
    if (widths[i] < 1 || widths[i] > most) {
      faults.Add(ItemPath(path, i), absl::StrCat("is ", widths[i], "; expected at least 1 and at most ", most));
    }
  }
}

void CheckSmallCnn(const v1::SmallCnn& cnn, const v1::DataSchema& data, FaultList& faults) {
  if (data.features_size() > 0) {
    faults.Add("model.small_cnn", "needs images; describe data.image, or use mlp or logistic_regression for a table");
  } else if (data.has_image() && (data.image().height() < 4 || data.image().width() < 4)) {
    faults.Add("data.image", "is too small for small_cnn, which halves it twice; expected at least 4 x 4 pixels");
  }
  if (cnn.channels_size() != 2) {
    faults.Add("model.small_cnn.channels",
               absl::StrCat("has ", cnn.channels_size(), " items; expected 2, one for each convolution"));
  }
  CheckWidths(cnn.channels(), kMaxChannels, "model.small_cnn.channels", faults);
  if (cnn.hidden() == 0) faults.Add("model.small_cnn.hidden", "is 0; expected at least 1");
}

// Weights that would leave a batch with nothing to learn from make its mean no number.
void CheckClassWeights(const v1::JobSpec& spec, FaultList& faults) {
  const auto& weights = spec.training().class_weights();
  if (weights.empty()) return;
  const v1::Target& target = spec.data().target();
  if (!target.has_category() && !target.has_mask()) {
    faults.Add("training.class_weights", "weigh the levels of a target, and data.target is numeric; remove them");
    return;
  }
  const int levels = target.has_mask() ? target.mask().levels_size() : target.category().levels_size();
  if (weights.size() != levels) {
    faults.Add("training.class_weights", absl::StrCat("has ", weights.size(), " items; expected one for each of the ",
                                                      levels, " levels of data.target"));
  }
  for (int i = 0; i < weights.size(); ++i) {
    if (weights[i] > 0 && weights[i] <= 1e6) continue;
    faults.Add(ItemPath("training.class_weights", i),
               absl::StrCat("is ", weights[i], "; expected above 0 and at most 1000000"));
  }
}

void CheckSchedule(const v1::JobSpec& spec, FaultList& faults) {
  const uint32_t warmup = spec.training().schedule().warmup_rounds();
  if (warmup > 0 && warmup >= spec.rounds().count()) {
    faults.Add("training.schedule.warmup_rounds",
               absl::StrCat("is ", warmup, "; expected fewer than rounds.count, which is ", spec.rounds().count()));
  }
}

void CheckTarget(const v1::JobSpec& spec, FaultList& faults) {
  const v1::Target& target = spec.data().target();
  if (target.has_numeric() && (spec.model().has_logistic_regression() || spec.model().has_small_cnn())) {
    faults.Add(
        spec.model().has_small_cnn() ? "model.small_cnn" : "model.logistic_regression",
        "tells classes apart, but data.target is numeric; make the target a category, or use linear_regression or mlp");
  }
  if (target.has_category() && spec.model().has_linear_regression()) {
    faults.Add("model.linear_regression",
               "predicts a number, but data.target is a category; use logistic_regression, or make the target numeric");
  }
}

}  // namespace

void CheckModel(const v1::JobSpec& spec, FaultList& faults) {
  const v1::ModelSpec& model = spec.model();
  if (model.has_mlp()) CheckWidths(model.mlp().hidden(), kMaxUnits, "model.mlp.hidden", faults);
  if (model.has_small_cnn()) CheckSmallCnn(model.small_cnn(), spec.data(), faults);
  CheckTarget(spec, faults);
  CheckNetworks(spec, faults);
  CheckClassWeights(spec, faults);
  CheckSchedule(spec, faults);
  if (model.has_start_from() && model.initial_weights() != v1::ModelSpec::INITIAL_WEIGHTS_UNSPECIFIED) {
    faults.Add("model.start_from",
               "says where the weights come from, as model.initial_weights does; remove one of them");
  }
  if (NumParameters(spec) > kMaxParameters) {
    faults.Add("model", "has more than 1,000,000,000 parameters; use smaller layers or fewer inputs");
  }
}

}  // namespace accord
