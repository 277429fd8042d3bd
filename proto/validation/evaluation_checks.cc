#include "proto/validation/evaluation_checks.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "proto/validation/data_kinds.h"
#include "proto/validation/local_gain_checks.h"

namespace accord {
namespace {

using Evaluation = v1::Evaluation;

constexpr char kEvaluation[] = "evaluation";

std::string EvaluationField(absl::string_view name) { return FieldPath(kEvaluation, name); }

const v1::Feature* FindFeature(const v1::DataSchema& data, const std::string& name) {
  for (const v1::Feature& feature : data.features()) {
    if (feature.name() == name) return &feature;
  }
  return nullptr;
}

std::string WhatIsNoSubgroup(const v1::JobSpec& spec, const std::string& column) {
  if (!IsTable(spec.data())) {
    const char* rows = spec.data().has_image() ? "images" : spec.data().has_series() ? "series" : "texts";
    return absl::StrCat("is of ", rows, ", which have no columns; remove subgroups");
  }
  const std::string quoted = QuoteForFault(column);
  if (column == spec.data().target().name()) {
    return absl::StrCat("is ", quoted, ", the target, by whose classes figures are told anyway; expected a feature");
  }
  return absl::StrCat("is ", quoted, ", which is none of data.features; expected one of their names");
}

void CheckCuts(const v1::Subgroup& subgroup, const v1::Feature& feature, const std::string& path, FaultList& faults) {
  const std::string cuts = FieldPath(path, "cuts");
  if (feature.has_category()) {
    if (!subgroup.cuts().empty())
      faults.Add(cuts, "cut a number into bands, and the column is a category; remove them");
    return;
  }
  if (subgroup.cuts().empty()) {
    faults.Add(cuts, "is missing: the column is a number; say where its bands begin, as in [45, 65]");
    return;
  }
  for (int i = 0; i < subgroup.cuts_size(); ++i) {
    const double cut = subgroup.cuts(i);
    const double least = i == 0 ? feature.numeric().min() : subgroup.cuts(i - 1);
    if (cut > least && cut < feature.numeric().max()) continue;
    faults.Add(ItemPath(cuts, i), absl::StrCat("is ", NumberText(cut), "; expected above ", NumberText(least),
                                               i == 0 ? " (the column's min)" : " (the cut before)", " and below ",
                                               NumberText(feature.numeric().max()), " (its max)"));
  }
}

void CheckSubgroups(const v1::JobSpec& spec, FaultList& faults) {
  const Evaluation& evaluation = spec.evaluation();
  absl::flat_hash_set<std::string> seen;
  size_t cells = 0;
  for (int i = 0; i < evaluation.subgroups_size(); ++i) {
    const v1::Subgroup& subgroup = evaluation.subgroups(i);
    const std::string path = ItemPath(EvaluationField("subgroups"), i);
    const v1::Feature* feature = FindFeature(spec.data(), subgroup.column());
    if (feature == nullptr) {
      faults.Add(FieldPath(path, "column"), WhatIsNoSubgroup(spec, subgroup.column()));
      continue;
    }
    if (!seen.insert(subgroup.column()).second) {
      faults.Add(FieldPath(path, "column"),
                 absl::StrCat("is ", QuoteForFault(subgroup.column()),
                              " a second time: two ways to cut one column tell cells that neither shows; name each "
                              "column once"));
    }
    CheckCuts(subgroup, *feature, path, faults);
    const int levels = feature->has_category() ? feature->category().levels_size() : subgroup.cuts_size() + 1;
    cells += static_cast<size_t>(levels) + 1;  // and the rows without a value
  }
  if (cells > kMostSubgroupCells) {
    faults.Add(EvaluationField("subgroups"),
               absl::StrCat("have ", cells, " cells together (levels, bands and missing values); ", "expected at most ",
                            kMostSubgroupCells));
  }
}

void CheckClasses(const v1::JobSpec& spec, FaultList& faults) {
  const Evaluation& evaluation = spec.evaluation();
  if (!spec.data().target().has_category()) {
    const char* why = spec.data().target().has_mask()
                          ? "is about one class a row, and data.target is a mask, of whose levels Dice is reported "
                            "without a word; remove it"
                          : "is about classes, and data.target is numeric; remove it";
    if (evaluation.confusion_matrix()) faults.Add(EvaluationField("confusion_matrix"), why);
    if (evaluation.has_calibration()) faults.Add(EvaluationField("calibration"), why);
    return;
  }
  const auto classes = static_cast<uint32_t>(spec.data().target().category().levels_size());
  if (evaluation.confusion_matrix() && classes > kMostMatrixClasses) {
    faults.Add(
        EvaluationField("confusion_matrix"),
        absl::StrCat("would be of ", classes, " classes; it is kept for at most ", kMostMatrixClasses, "; remove it"));
  }
  if (evaluation.has_calibration() && evaluation.calibration().bins() < 2) {
    faults.Add(EvaluationField("calibration.bins"),
               absl::StrCat("is ", evaluation.calibration().bins(), "; expected at least 2 and at most 64"));
  }
}

void CheckChoice(const v1::JobSpec& spec, FaultList& faults) {
  const Evaluation& evaluation = spec.evaluation();
  if (evaluation.keep() == Evaluation::KEEP_UNSPECIFIED) {
    faults.Add(EvaluationField("keep"), "is missing; expected last or best");
  }
  const bool chooses = evaluation.keep() == Evaluation::BEST || evaluation.has_stop_early();
  if (!chooses) {
    if (evaluation.metric() != Evaluation::METRIC_UNSPECIFIED) {
      faults.Add(EvaluationField("metric"), "decides nothing: write keep: best or stop_early, or remove it");
    }
    return;
  }
  if (evaluation.metric() == Evaluation::METRIC_UNSPECIFIED) {
    faults.Add(EvaluationField("metric"), "is missing; say which metric decides");
  } else if (const std::string why = WhyNotMeasured(spec, evaluation.metric()); !why.empty()) {
    faults.Add(EvaluationField("metric"), why);
  }
  // A round measures the model of the round before, and the first one an untrained model: the model of round 1 is the
  // first to be beaten, in round 2.
  const uint32_t patience = evaluation.stop_early().patience_rounds();
  if (evaluation.has_stop_early() && patience + 2 >= spec.rounds().count()) {
    faults.Add(
        EvaluationField("stop_early.patience_rounds"),
        absl::StrCat("is ", patience, ": of ", spec.rounds().count(), " rounds (rounds.count) none could be left ",
                     "out; expected fewer, or a rounds.count of at least ", uint64_t{patience} + 3));
  }
}

}  // namespace

std::string WhyNotMeasured(const v1::JobSpec& spec, Evaluation::Metric metric) {
  const v1::Target& target = spec.data().target();
  const bool two = target.has_category() && target.category().levels_size() == 2;
  switch (metric) {
    case Evaluation::ACCURACY:
      return target.has_category() || target.has_mask()
                 ? ""
                 : "is accuracy, which is of classes, and data.target is numeric";
    case Evaluation::AUC:
      return two ? "" : "is auc, which is of two classes";
    case Evaluation::AVERAGE_PRECISION:
      return two ? "" : "is average_precision, which is of two classes";
    case Evaluation::SQUARED_ERROR:
      return target.has_numeric() ? ""
                                  : absl::StrCat("is squared_error, which is of a number, and data.target is a ",
                                                 target.has_mask() ? "mask" : "category");
    case Evaluation::DICE:
      return target.has_mask() ? "" : "is dice, which is of masks, and data.target is none";
    case Evaluation::BRIER_SCORE:
    case Evaluation::CALIBRATION_ERROR:
      if (target.has_mask()) return "is of the probabilities of a row's classes, and data.target is a mask";
      return spec.evaluation().has_calibration()
                 ? ""
                 : "is measured with calibration alone; write evaluation.calibration: {} too";
    default:
      return "";
  }
}

void ApplyEvaluationDefaults(v1::JobSpec& spec, const FieldPlaces* places) {
  // There is nothing to measure: what is written there is a fault.
  if (spec.model().has_drill() || spec.aggregation().has_newton()) return;
  Evaluation& evaluation = *spec.mutable_evaluation();
  if (IsUnset(evaluation.minimum_cell() == 0, places, EvaluationField("minimum_cell"))) {
    evaluation.set_minimum_cell(kDefaultMinimumCell);
  }
  if (evaluation.has_calibration() &&
      IsUnset(evaluation.calibration().bins() == 0, places, EvaluationField("calibration.bins"))) {
    evaluation.mutable_calibration()->set_bins(kDefaultCalibrationBins);
  }
  if (evaluation.keep() == Evaluation::KEEP_UNSPECIFIED) evaluation.set_keep(Evaluation::LAST);
  const bool chooses = evaluation.keep() == Evaluation::BEST || evaluation.has_stop_early();
  if (chooses && evaluation.metric() == Evaluation::METRIC_UNSPECIFIED) evaluation.set_metric(Evaluation::LOSS);
  ApplyLocalGainDefaults(spec, places);
}

void CheckEvaluation(const v1::JobSpec& spec, FaultList& faults) {
  if (!spec.has_evaluation()) return;
  if (spec.model().has_drill()) {
    faults.Add(kEvaluation,
               "does nothing in a drill, which reads no rows: there is nothing to measure, to stop by or to "
               "choose a round by; remove it");
    return;
  }
  if (spec.aggregation().has_newton()) {
    faults.Add(kEvaluation,
               "does nothing with newton, which holds no rows out and stops by itself once the fit has "
               "converged; remove it");
    return;
  }
  if (spec.evaluation().minimum_cell() == 0) {
    faults.Add(EvaluationField("minimum_cell"), "is 0; expected at least 1, with which all cells are shown");
  }
  CheckSubgroups(spec, faults);
  CheckClasses(spec, faults);
  CheckChoice(spec, faults);
  CheckLocalGain(spec, faults);
}

}  // namespace accord
