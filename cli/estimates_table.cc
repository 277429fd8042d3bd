#include "cli/estimates_table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "cli/numbers.h"
#include "cli/terminal_text.h"

namespace accord {
namespace {

constexpr size_t kMostNameWidth = 40;

std::string Digits(double value) { return absl::StrFormat("%.6g", value); }

// Below this nobody tells probabilities apart, and neither do tail approximations.
std::string ProbabilityInWords(double p) { return p < 2.2e-16 ? "< 2.2e-16" : absl::StrFormat("%.3g", p); }

// What exp(estimate) is called; empty: nothing.
std::string RatioName(const v1::ModelSpec& model) {
  switch (model.kind_case()) {
    case v1::ModelSpec::kLogisticRegression:
      return "odds ratio";
    case v1::ModelSpec::kPoissonRegression:
      return "rate ratio";
    case v1::ModelSpec::kCox:
      return "hazard ratio";
    default:
      return "";
  }
}

std::string EventsInWords(const v1::JobReport& report) {
  const v1::Estimates& estimates = report.estimates();
  if (!estimates.has_events()) return "";
  if (report.spec().model().has_cox()) return absl::StrCat(", ", Plural(estimates.events(), "event"));
  const auto& levels = report.spec().data().target().category().levels();
  return absl::StrCat(", ", CountInWords(estimates.events()), " of them ", levels.size() == 2 ? levels[1] : "positive");
}

}  // namespace

std::vector<std::string> EstimateHeadings(const v1::JobReport& report) {
  std::vector<std::string> headings = {
      "Coefficient", "Estimate",   "Standard error", report.estimates().student_t() ? "t" : "z",
      "p",           "95 % lower", "95 % upper"};
  const std::string ratio = RatioName(report.spec().model());
  if (!ratio.empty()) headings.push_back(ratio);
  return headings;
}

std::vector<std::string> EstimateCells(const v1::JobReport& report, const v1::Estimates::Coefficient& coefficient) {
  std::vector<std::string> cells = {coefficient.name(),
                                    Digits(coefficient.estimate()),
                                    Digits(coefficient.standard_error()),
                                    absl::StrFormat("%.3f", coefficient.statistic()),
                                    ProbabilityInWords(coefficient.p_value()),
                                    Digits(coefficient.lower()),
                                    Digits(coefficient.upper())};
  if (!RatioName(report.spec().model()).empty()) cells.push_back(Digits(std::exp(coefficient.estimate())));
  return cells;
}

std::vector<std::string> FitInWords(const v1::JobReport& report) {
  const v1::Estimates& estimates = report.estimates();
  std::vector<std::string> sentences;
  sentences.push_back(absl::StrCat(CountInWords(estimates.rows()), " complete rows", EventsInWords(report), ", at ",
                                   Plural(static_cast<uint64_t>(estimates.sites_size()), "site"), "; ",
                                   CountInWords(estimates.incomplete_rows()),
                                   " rows left out because a value is missing."));
  sentences.push_back(absl::StrCat(estimates.converged() ? "Converged after " : "NOT converged after ",
                                   estimates.iterations(), " of at most ", report.rounds_total(), " iterations."));
  std::string fit = absl::StrCat(report.spec().model().has_cox() ? "Partial log-likelihood " : "Log-likelihood ",
                                 Digits(estimates.log_likelihood()));
  if (estimates.has_null_log_likelihood()) {
    absl::StrAppend(&fit, " (", Digits(estimates.null_log_likelihood()), " without the columns)");
  }
  if (estimates.has_deviance()) absl::StrAppend(&fit, ", deviance ", Digits(estimates.deviance()));
  absl::StrAppend(&fit, ", AIC ", Digits(estimates.aic()));
  if (estimates.has_residual_standard_error()) {
    absl::StrAppend(&fit, ", residual standard error ", Digits(estimates.residual_standard_error()));
  }
  sentences.push_back(absl::StrCat(fit, "."));
  return sentences;
}

std::string EstimatesTable(const v1::JobReport& report) {
  if (!report.has_estimates()) return "";
  std::vector<std::vector<std::string>> lines = {EstimateHeadings(report)};
  for (const auto& coefficient : report.estimates().coefficients()) {
    lines.push_back(EstimateCells(report, coefficient));
    lines.back()[0] = Printable(lines.back()[0]);
  }
  std::vector<size_t> widths(lines[0].size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  widths[0] = std::min(widths[0], kMostNameWidth);
  std::string table;
  for (const auto& line : lines) {
    absl::StrAppend(&table, Padded(line[0], widths[0]));
    for (size_t i = 1; i < line.size(); ++i)
      absl::StrAppendFormat(&table, "  %*s", static_cast<int>(widths[i]), line[i]);
    absl::StrAppend(&table, "\n");
  }
  for (const std::string& sentence : FitInWords(report)) absl::StrAppend(&table, Printable(sentence), "\n");
  return table;
}

}  // namespace accord
