#include "coordinator/programs/job_program.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/evaluation/best_round.h"
#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/robust/rule_words.h"

namespace accord {

JobProgram::JobProgram(const v1::JobSpec& spec) : steps_(StepsOf(spec)), places_(spec) {}

v1::StepKind JobProgram::KindOf(uint32_t step) const {
  return step < steps_.size() ? steps_[step] : v1::STEP_KIND_UNSPECIFIED;
}

std::string JobProgram::Describe(uint32_t step) const {
  switch (KindOf(step)) {
    case v1::STEP_STANDARDISE:
      return "standardisation";
    case v1::STEP_TRAIN:
      if (TurnOf(step) > 0) {
        return absl::StrCat("turn ", TurnOf(step), " of ", num_turns(), " (", SiteOf(step), ") in cycle ",
                            RoundOf(step), " of ", num_rounds());
      }
      return absl::StrCat("round ", RoundOf(step), " of ", num_rounds());
    case v1::STEP_NEWTON:
      return absl::StrCat("iteration ", RoundOf(step), " of at most ", num_rounds());
    case v1::STEP_EVALUATE:
      return num_turns() > 0 ? absl::StrCat("evaluation of cycle ", RoundOf(step), " of ", num_rounds()) : "evaluation";
    default:
      return absl::StrCat("step ", step);
  }
}

v1::Plan MakePlan(const JobProgram& program, const v1::PlanId& id, const PlanInputs& inputs) {
  v1::Plan plan;
  *plan.mutable_id() = id;
  plan.set_kind(program.KindOf(id.step()));
  plan.set_round(program.RoundOf(id.step()));
  plan.mutable_cohort()->Assign(inputs.cohort.begin(), inputs.cohort.end());
  std::sort(plan.mutable_cohort()->begin(), plan.mutable_cohort()->end());
  plan.set_job_sha256(inputs.job_sha256);
  if (inputs.job_bytes.size() <= kMaxInlineBytes) plan.set_job_inline(std::string(inputs.job_bytes));
  plan.set_encoding_sites(inputs.encoding_sites);
  plan.set_model_digest(inputs.model_digest);
  plan.set_model_bytes(inputs.model_bytes);
  if (inputs.model.size() == inputs.model_bytes && inputs.model.size() <= kMaxInlineBytes) {
    plan.set_model_inline(std::string(inputs.model));
  }
  plan.set_num_parameters(inputs.num_parameters == 0 ? inputs.model_bytes / sizeof(float) : inputs.num_parameters);
  plan.mutable_counted_steps()->Assign(inputs.counted_steps.begin(), inputs.counted_steps.end());
  if (inputs.statistics != nullptr) *plan.mutable_statistics() = *inputs.statistics;
  return plan;
}

v1::RoundReport MakeRoundReport(const JobProgram& program, const v1::PlanId& id, v1::RoundOutcome outcome,
                                absl::Span<const v1::SiteAbsence> absences) {
  v1::RoundReport report;
  report.set_step(id.step());
  report.set_kind(program.KindOf(id.step()));
  report.set_round(program.RoundOf(id.step()));
  if (const uint32_t turn = program.TurnOf(id.step()); turn > 0) {
    report.set_turn(turn);
    report.set_turns(program.num_turns());
  }
  report.set_attempt(id.attempt());
  report.set_outcome(outcome);
  report.mutable_absences()->Assign(absences.begin(), absences.end());
  return report;
}

namespace {

std::string SumsNote(const v1::JobSpec& spec) {
  if (spec.aggregation().plain_sum()) {
    return "Sums are plain: the coordinator receives each site's vector unmasked and adds them up. It keeps none of "
           "them, but whoever runs it could.";
  }
  const std::string limits =
      " Without noise, whoever sees several models of similar rounds over different sites can estimate what the sites "
      "that differ added; and each site can subtract its own part.";
  if (spec.aggregation().secure_sum().graph() == v1::SecureSum::SPARSE) {
    return absl::StrCat(
        "Sums are secure over a sparse graph: each opened sum contains many honest sites, not "
        "necessarily all of them.",
        limits);
  }
  const char* two =
      spec.aggregation().secure_sum().two_sites()
          ? " The job lets two sites compute alone: then each can compute the other's vector from the sum."
          : "";
  return absl::StrCat("Sums are secure: the coordinator learned each round's total and nobody's part of it.", two,
                      limits);
}

std::string StrategyNote(const v1::JobSpec& spec) {
  const v1::Aggregation& aggregation = spec.aggregation();
  constexpr char kOwn[] = " Figures of held-out rows are of each site's own model; the common one, which is exported, ";
  if (aggregation.has_scaffold()) {
    return "Sites count alike, whatever their rows (SCAFFOLD): beside the change of the model, that of each site's "
           "control variate, a mean of its gradients, was summed. What each site's is stays there.";
  }
  if (aggregation.has_cyclic()) {
    return "Sites trained one after another, each on the model that the one before it had made (cyclic weight "
           "transfer): each turn's sum is one site's own change, and whoever has the models before and after it can "
           "tell what that site changed. Rows and loss of a turn are of its site alone; figures of held-out rows are "
           "of all sites together.";
  }
  if (aggregation.has_fedbuff()) {
    return "Rounds are of the changes that came first (FedBuff): the coordinator took each by itself, sites count "
           "alike, "
           "and a change by a model t rounds out of date counts 1/sqrt(1 + t). Which sites are in a round depends on "
           "time: the same job may end with another model. A round's training loss is of models of different ages.";
  }
  if (aggregation.has_fedbn()) {
    return absl::StrCat("Normalisation layers stay at each site (FedBN), and no sum holds anything of them.", kOwn,
                        "has them as they were in the beginning.");
  }
  if (HasLocalLayers(spec)) {
    const auto& layers = aggregation.has_fedper() ? aggregation.fedper().layers() : aggregation.fedrep().layers();
    return absl::StrCat("Layers stay at each site, and no sum holds anything of them: ", absl::StrJoin(layers, ", "),
                        ".", kOwn, "has them as they were in the beginning.");
  }
  if (!aggregation.has_ditto()) return "";
  return absl::StrCat("Each site trained a model of its own as well, which stays there (Ditto).",
                      EvaluatesPersonalModels(spec)
                          ? absl::StrCat(kOwn, "was not evaluated.")
                          : " Figures of held-out rows are of the common model, which is exported.");
}

std::string CombinerNote(const v1::JobSpec& spec) {
  if (!spec.aggregation().has_combiner()) return "";
  return absl::StrCat("Instead of the mean the coordinator took ", RuleInWords(spec.aggregation().combiner()),
                      ". Rows, losses, metrics and what columns are standardised by are plain sums, in which one site "
                      "can say what it likes within the job's bounds.");
}

void AddSandboxNote(const v1::JobReport& report, std::vector<std::string>& notes) {
  std::vector<std::string> open_sites;
  for (const v1::SiteFact& fact : report.sites()) {
    if (!fact.sandboxed()) open_sites.push_back(fact.site());
  }
  if (open_sites.empty()) return;
  notes.push_back(absl::StrCat("The sandbox is switched off at ", absl::StrJoin(open_sites, ", "),
                               ": the process that read the rows there could have opened sockets and other files."));
}

// Sites that offer a GPU train on it, or take no part (models/device.h).
void AddDeviceNote(const v1::JobReport& report, std::vector<std::string>& notes) {
  const v1::Compute::Device device = report.spec().compute().device();
  if (device != v1::Compute::CUDA && device != v1::Compute::AUTO) return;
  std::vector<std::string> on_gpu;
  for (const v1::SiteFact& fact : report.sites()) {
    if (!fact.gpu().empty()) on_gpu.push_back(absl::StrCat(fact.site(), " (", fact.gpu(), ")"));
  }
  if (on_gpu.empty()) return;
  notes.push_back(
      absl::StrCat("Trained on a GPU at ", absl::StrJoin(on_gpu, ", "),
                   ", at other sites on the CPU. On a GPU the same job does not give the same bits again."));
}

void AddAloneNote(const v1::JobReport& report, std::vector<std::string>& notes) {
  if (!report.spec().evaluation().has_local_gain()) return;
  notes.push_back(
      "Beside the common model each site trained one alone, as long and from the same weights, which stays "
      "there: what a site gains is known to that site, and here only how the gains are spread.");
}

void AddNormBoundNote(const v1::JobReport& report, std::vector<std::string>& notes) {
  const double bound = report.spec().aggregation().update_norm_bound();
  if (bound == 0) return;
  uint32_t most = 0;
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.outcome() == v1::ROUND_FINISHED) most = std::max(most, round.metrics().shortened_updates());
  }
  notes.push_back(absl::StrCat("Each site shortens its change to a norm of ", bound, " itself, up to ", most,
                               most == 1 ? " site" : " sites",
                               " in a round: nobody else can check that, so that it limits honest sites alone."));
}

void AddRoundNotes(const v1::JobReport& report, std::vector<std::string>& notes) {
  int abandoned = 0;
  int skipped = 0;
  int fewest_sites = 0;
  double most_clipped = 0;
  for (const v1::RoundReport& round : report.rounds()) {
    abandoned += round.outcome() == v1::ROUND_ABANDONED ? 1 : 0;
    skipped += round.outcome() == v1::ROUND_SKIPPED ? 1 : 0;
    if (round.outcome() != v1::ROUND_FINISHED) continue;
    most_clipped = std::max(most_clipped, round.metrics().clipped_share());
    if (round.turn() > 0) continue;  // of one site by design
    if (!round.sum_of_job().empty()) {
      notes.push_back(absl::StrCat("Columns are standardised by the sum over ", absl::StrJoin(round.sites(), ", "),
                                   " that job ", round.sum_of_job(),
                                   " opened: sites that have signed it add these columns up with no others, because "
                                   "the difference of two such sums would show one site's part."));
      continue;
    }
    fewest_sites = fewest_sites == 0 ? round.sites_size() : std::min(fewest_sites, round.sites_size());
  }
  if (fewest_sites == 1) {
    notes.push_back("At least one round had a single site: its sum is that site's own vector.");
  } else if (fewest_sites == 2) {
    notes.push_back("At least one round had two sites only: each of them can work out the other's vector.");
  }
  if (most_clipped > 0.01) {
    notes.push_back(absl::StrCat("Up to ", static_cast<int>(most_clipped * 100 + 0.5),
                                 " % of the update's entries were clipped in a round: aggregation.update_bound may be "
                                 "too small."));
  }
  if (skipped > 0) {
    notes.push_back(absl::StrCat(skipped, skipped == 1 ? " turn was" : " turns were",
                                 " skipped, whose site added nothing to the cycle; the table of rounds says why."));
  }
  if (abandoned > 0) {
    notes.push_back(absl::StrCat(abandoned, abandoned == 1 ? " attempt at a round was" : " attempts at rounds were",
                                 " abandoned; the table of rounds says why."));
  }
}

void AddEstimateNotes(const v1::JobReport& report, std::vector<std::string>& notes) {
  if (!report.has_estimates()) return;
  const v1::Estimates& estimates = report.estimates();
  const int coefficients = estimates.coefficients_size();
  if (!estimates.converged()) {
    notes.push_back(absl::StrCat("The fit has NOT converged after ", estimates.iterations(),
                                 " iterations: its estimates are no maximum of the ",
                                 "likelihood. What still moved: ", absl::StrJoin(estimates.unsettled(), ", "),
                                 ". A coefficient that grows with every iteration belongs to a column that tells the "
                                 "classes apart without error."));
  }
  if (estimates.incomplete_rows() > 0) {
    notes.push_back(absl::StrCat(estimates.incomplete_rows(), " of ", estimates.rows() + estimates.incomplete_rows(),
                                 " training rows lack a value and are left out: the estimates are of complete rows."));
  }
  if (3 * static_cast<uint64_t>(coefficients) > estimates.rows()) {
    notes.push_back(absl::StrCat(coefficients, " coefficients from ", estimates.rows(),
                                 " rows: fewer than three rows each, so that the estimates may tell of single rows."));
  }
  const v1::RoundReport* before = nullptr;
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() != v1::STEP_NEWTON || round.outcome() != v1::ROUND_FINISHED) continue;
    if (before != nullptr &&
        !std::equal(before->sites().begin(), before->sites().end(), round.sites().begin(), round.sites().end())) {
      notes.push_back(
          "Not all iterations are over the same sites. The estimates are of the sites of the last one; the exact sums "
          "of "
          "two iterations tell their difference, which is that of the sites that joined or left.");
      break;
    }
    before = &round;
  }
}

// The metric that chooses a round is only as comparable as the rows that it was measured on.
void AddChoiceNotes(const v1::JobReport& report, std::vector<std::string>& notes) {
  if (!ChoosesByMetric(report.spec())) return;
  const v1::Evaluation::Metric metric = report.spec().evaluation().metric();
  const v1::RoundReport* before = nullptr;
  int not_measured = 0;
  bool others = false;
  for (const v1::RoundReport& round : report.rounds()) {
    const bool measures = MeasuresHeldOut(report.spec(), round.kind());
    if (!measures || round.outcome() != v1::ROUND_FINISHED) continue;
    not_measured += ValueOf(metric, round.metrics()).has_value() ? 0 : 1;
    others = others || (before != nullptr && !std::equal(before->sites().begin(), before->sites().end(),
                                                         round.sites().begin(), round.sites().end()));
    before = &round;
  }
  if (not_measured > 0) {
    notes.push_back(absl::StrCat("The ", MetricInWords(metric), ", by which rounds are chosen, is not known of ",
                                 not_measured, not_measured == 1 ? " round" : " rounds",
                                 ", which neither improved on others nor did worse."));
  }
  if (others) {
    notes.push_back(absl::StrCat("Rounds were measured over different sites: one may have a better ",
                                 MetricInWords(metric), " than another because of who took part in it."));
  }
}

void AddEvaluationNotes(const v1::JobReport& report, std::vector<std::string>& notes) {
  for (const std::string& words : report.final_metrics().withheld()) {
    notes.push_back(absl::StrCat("Withheld: ", words, "."));
  }
  const v1::Evaluation& evaluation = report.spec().evaluation();
  if (evaluation.subgroups().empty() && !evaluation.confusion_matrix()) return;
  notes.push_back(absl::StrCat("Cells of fewer than ", evaluation.minimum_cell(),
                               " held-out rows, and cells from which "
                               "such a one would follow, are not shown. This protects the readers of the report: the "
                               "coordinator opened the sums and has seen all cells."));
}

}  // namespace

std::vector<std::string> ReportNotes(const v1::JobReport& report) {
  std::vector<std::string> notes = {SumsNote(report.spec())};
  if (std::string note = StrategyNote(report.spec()); !note.empty()) notes.push_back(std::move(note));
  if (std::string note = CombinerNote(report.spec()); !note.empty()) notes.push_back(std::move(note));
  AddSandboxNote(report, notes);
  AddDeviceNote(report, notes);
  AddNormBoundNote(report, notes);
  AddAloneNote(report, notes);
  AddRoundNotes(report, notes);
  AddEstimateNotes(report, notes);
  AddChoiceNotes(report, notes);
  AddEvaluationNotes(report, notes);
  return notes;
}

}  // namespace accord
