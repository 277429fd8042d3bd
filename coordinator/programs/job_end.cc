#include "coordinator/programs/job_end.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/evaluation/best_round.h"

namespace accord {
namespace {

std::string Digits(double value) { return absl::StrFormat("%.4g", value); }

std::string WhyStopped(const v1::JobReport& report) {
  const v1::Evaluation& evaluation = report.spec().evaluation();
  const double least = evaluation.stop_early().minimum_improvement();
  const uint32_t patience = evaluation.stop_early().patience_rounds();
  return absl::StrCat("training was stopped early, after round ", report.stopped_after(), " of ", report.rounds_total(),
                      ": ", patience, patience == 1 ? " round" : " rounds", " did not improve the ",
                      MetricInWords(evaluation.metric()), least > 0 ? absl::StrCat(" by more than ", least) : "");
}

std::string WhatIsKept(const v1::JobReport& report) {
  const v1::Evaluation& evaluation = report.spec().evaluation();
  const std::string metric = MetricInWords(evaluation.metric());
  const v1::BestRound& best = report.best();
  const bool keeps_best = evaluation.keep() == v1::Evaluation::BEST;
  if (best.round() == 0) {
    return absl::StrCat("; no round measured the ", metric, ", so the last round's model is kept");
  }
  if (keeps_best) {
    return absl::StrCat("; the model of round ", best.round(), " is kept, the best by ", metric, " (",
                        Digits(best.value()), ")");
  }
  if (best.round() == report.kept_round()) return absl::StrCat("; the last round's model is the best by ", metric);
  return absl::StrCat("; the last round's model is kept, although round ", best.round(), " had a better ", metric, " (",
                      Digits(best.value()), ")");
}

}  // namespace

uint32_t KeptRound(const v1::JobSpec& spec, const v1::BestRound& best, uint32_t rounds_done) {
  return spec.evaluation().keep() == v1::Evaluation::BEST && best.round() > 0 ? best.round() : rounds_done;
}

std::string WhyFinished(const v1::JobReport& report) {
  if (report.has_estimates() && report.estimates().converged() && report.rounds_done() < report.rounds_total()) {
    return "the fit has converged; it needs no more rounds";
  }
  const std::string why = report.stopped_after() > 0 ? WhyStopped(report) : "all rounds are done";
  return ChoosesByMetric(report.spec()) ? absl::StrCat(why, WhatIsKept(report)) : why;
}

}  // namespace accord
