#include "client/trainer/programs/own_comparison.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/programs/columns.h"

namespace accord {
namespace {

struct Figure {
  const char* name;
  double value;
};

Figure FigureOf(const v1::JobSpec& spec, const EvaluationSums& sums) {
  const auto rows = static_cast<double>(sums.rows);
  if (TaskOf(spec) == Task::kRegression) return {"mean squared error", sums.squared_error / rows};
  return {"loss", sums.loss / rows};
}

std::string Accuracy(const v1::JobSpec& spec, const EvaluationSums& sums) {
  if (TaskOf(spec) == Task::kRegression) return "";
  const double right = TaskOf(spec) == Task::kSegmentation ? sums.pixels : static_cast<double>(sums.correct);
  return absl::StrFormat(" (accuracy %.1f %%)", 100.0 * right / static_cast<double>(sums.rows));
}

}  // namespace

void OwnComparison::RememberOwn(const EvaluationSums& own, uint32_t round) {
  own_ = own;
  round_ = round;
}

std::optional<std::string> OwnComparison::Compare(const v1::JobSpec& spec, const EvaluationSums& common,
                                                  uint32_t round) const {
  if (round_ == 0 || (round != 0 && round != round_) || common.rows == 0 || own_.rows == 0) return std::nullopt;
  const Figure of_common = FigureOf(spec, common);
  const Figure of_own = FigureOf(spec, own_);
  const char* verdict = of_common.value < of_own.value   ? "the common model does better here"
                        : of_common.value > of_own.value ? "this site's own model does better here"
                                                         : "they do equally well here";
  return absl::StrCat("on the ", common.rows, " rows held out here the common model has ", of_common.name, " ",
                      absl::StrFormat("%.4g", of_common.value), Accuracy(spec, common),
                      "; this site's own model of round ", round_, ", before it was averaged with others, has ",
                      absl::StrFormat("%.4g", of_own.value), Accuracy(spec, own_), ": ", verdict);
}

}  // namespace accord
