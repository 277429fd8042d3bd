// Which blocks the vector of each step has, for everybody who fills or reads one.
//
// STANDARDISE (F input columns; a column's value is mapped to z in [-1, 1] by its schema bounds: z =
// (2x-min-max)/(max-min)):
//   rows[1]            count: training rows (at most max_rows_per_site)
//   present[F]         count: training rows in which the column is not missing
//   sum[F]             real, bound 1: sum of z over present rows / max_rows_per_site
//   sum_of_squares[F]  real, bound 1: sum of z^2 over present rows / max_rows_per_site
// TRAIN and EVALUATE (of TRAIN with cyclic and fedbuff nothing from test_rows on):
//   rows[1]            count: training rows n_i (the site's weight), at most max_rows_per_site   (TRAIN)
//   local_steps[1]     real: n_i / max_rows_per_site * a_i, the steps that training took (local_steps.h) (TRAIN; fednova)
//   update[P]          real, bound update_bound: n_i / max_rows_per_site * (local - global)      (TRAIN)
//                      fednova: the same times a / a_i, a being the steps over max_rows_per_site rows
//                      scaffold, cyclic, fedbuff, and with a combiner: local - global as it is
//                      fedbn, fedper, fedrep: 0 for what stays at the site
//   control[P]         real, bound control_bound: change of the site's control variate              (TRAIN; scaffold)
//   trained[1]         count: 1 where the site trained; by their sum the changes are divided        (TRAIN; scaffold)
//   shortened[1]       count: 1 where the change was shortened                      (TRAIN; with update_norm_bound)
//   clipped[1]         count: entries of update and control clipped, in ClippedUnit parts of all, rounded up (TRAIN)
//   train_loss[1]      real: training loss of the received model * n_i / max_rows, at most kMaxLoss (TRAIN; not drill)
//   test_rows[1]       count: held-out rows, at most max_rows_per_site                           (not drill)
//   test_loss[1]       real: sum of held-out losses / max_rows, each clipped at kMaxLoss         (not drill)
//   test_correct[1]    count                                                                     (classification)
//   test_scores[512]   count: rows by bins of log-odds (docs/wire.md), of negatives, of positives    (two classes)
//   test_pixels[1]     real, bound 1: sum of each mask's share of right pixels / max_rows        (segmentation)
//   test_overlap[L]    real, bound 1: of each level, sum of the share of pixels that have it and are taken for it /
//                      max_rows                                                                  (segmentation)
//   test_extent[L]     real, bound 1: the mean of the shares that have it, and that are taken for it / max_rows
//   test_squared_error[1] real: sum of squared errors / max_rows, each clipped at the target range squared (regression)
//   test_brier[1]      real: sum of squared distances of probabilities from 0 and 1 / max_rows   (calibration)
//   test_confidence[512] count: histogram of p(taken class), 256 bins of wrong rows then of right (calibration, more
//                      than two classes)
// and, of the models that may be a job's last (each with keep: best, else that of EVALUATE), where the job declares it:
//   test_confusion[K K] count: rows by true class, then taken class
//   group_predictions[4 G] count: of each cell of the subgroups (aggregation/evaluation/subgroups.h), rows by true and
//                      taken class                                                                (two classes)
//   group_scores[128 G] count: histogram as test_scores, 64 bins each                             (two classes)
//   group_rows[G]      count                                                                      (not two classes)
//   group_correct[G]   count                                                                      (more classes)
//   group_loss[G]      real: as test_loss                                                         (classes)
//   group_squared_error[G] real: as test_squared_error                                            (regression)
//   local_gain[B+1]    count: 1 in the bin of the site's gain (aggregation/evaluation/local_gain.h)
//                                                                       (EVALUATE; with local_gain of B bins' edges)
// NEWTON (p coefficients: the intercept first, where there is one, then the input columns, mapped as in STANDARDISE;
// aggregation/newton/newton_sums.h):
//   rows[1]            count: complete training rows, at most max_rows_per_site (a site with more takes no part)
//   events[1]          count: rows of the second class, or in which the event happened           (logistic, Cox)
//   incomplete[1]      count: training rows left out because a value is missing, at most max_rows_per_site
//   outside[1]         count: 1 where a sum below is beyond its bound: all of them are 0 then
//   fit[2]             real: log-likelihood less the saturated model's, and that of the latter, / max_rows
//   score[p]           real: sum over rows / max_rows
//   information[p(p+1)/2] real: upper triangle by rows, sum over rows / max_rows
// A site with more than max_rows_per_site held-out rows evaluates the first max_rows_per_site of them.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/ring/ring_width.h"
#include "aggregation/ring/vector_schema.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

inline constexpr char kRowsBlock[] = "rows";
inline constexpr char kPresentBlock[] = "present";
inline constexpr char kSumBlock[] = "sum";
inline constexpr char kSumOfSquaresBlock[] = "sum_of_squares";
inline constexpr char kLocalStepsBlock[] = "local_steps";
inline constexpr char kUpdateBlock[] = "update";
inline constexpr char kControlBlock[] = "control";
inline constexpr char kTrainedBlock[] = "trained";
inline constexpr char kShortenedBlock[] = "shortened";
inline constexpr char kClippedBlock[] = "clipped";
inline constexpr char kTrainLossBlock[] = "train_loss";
inline constexpr char kTestRowsBlock[] = "test_rows";
inline constexpr char kTestLossBlock[] = "test_loss";
inline constexpr char kTestCorrectBlock[] = "test_correct";
inline constexpr char kTestScoresBlock[] = "test_scores";
inline constexpr char kTestSquaredErrorBlock[] = "test_squared_error";
inline constexpr char kTestBrierBlock[] = "test_brier";
inline constexpr char kTestConfidenceBlock[] = "test_confidence";
inline constexpr char kTestConfusionBlock[] = "test_confusion";
inline constexpr char kGroupPredictionsBlock[] = "group_predictions";
inline constexpr char kGroupScoresBlock[] = "group_scores";
inline constexpr char kGroupRowsBlock[] = "group_rows";
inline constexpr char kGroupCorrectBlock[] = "group_correct";
inline constexpr char kGroupLossBlock[] = "group_loss";
inline constexpr char kGroupSquaredErrorBlock[] = "group_squared_error";
inline constexpr char kTestPixelsBlock[] = "test_pixels";
inline constexpr char kTestOverlapBlock[] = "test_overlap";
inline constexpr char kTestExtentBlock[] = "test_extent";
inline constexpr char kLocalGainBlock[] = "local_gain";
inline constexpr char kEventsBlock[] = "events";
inline constexpr char kIncompleteBlock[] = "incomplete";
inline constexpr char kOutsideBlock[] = "outside";
inline constexpr char kFitBlock[] = "fit";
inline constexpr char kScoreBlock[] = "score";
inline constexpr char kInformationBlock[] = "information";
inline constexpr double kMaxLoss = 64;  // a log loss of e^-64: nothing real is larger
inline constexpr int kScoreBins = 256;  // of each class
inline constexpr int kGroupBins = 64;   // of each class, in a cell of a subgroup

// `clipped` counts in this fraction of the entries.
constexpr double ClippedUnit(RingWidth ring) { return ClippedParts(BitsOf(ring)); }

// The ring in which a job's sums are taken. INVALID_ARGUMENT: it names a width that there is none of.
absl::StatusOr<RingWidth> RingOf(const v1::JobSpec& spec);

// The steps of a job, in order: [STANDARDISE,] TRAIN x rounds.count, EVALUATE. A drill only trains. With newton: NEWTON
// x rounds.count, of which those after convergence are left out. With cyclic: [STANDARDISE,] (TRAIN for each site,
// EVALUATE) x rounds.count (step_places.h).
std::vector<v1::StepKind> StepsOf(const v1::JobSpec& spec);

// The steps that a job's rounds are: they have numbers and change the model.
constexpr bool IsRound(v1::StepKind kind) { return kind == v1::STEP_TRAIN || kind == v1::STEP_NEWTON; }

// False for a turn of cyclic weight transfer, because figures of one site's held-out rows are none of the report's, and
// for a round of fedbuff, whose sites have models of different ages.
bool MeasuresHeldOut(const v1::JobSpec& spec, v1::StepKind kind);

// A site's change is in its vector as it is, and not multiplied by its share of max_rows_per_site.
bool CountsSitesAlike(const v1::JobSpec& spec);

// The coordinator looks at each site's change of a training step by itself: for a combiner, or for FedBuff.
bool SeesSingleChanges(const v1::JobSpec& spec);

// Matrix and subgroups are of models that may be a job's last: what is not shown is not summed either.
bool MeasuresDetail(const v1::JobSpec& spec, v1::StepKind kind);

// False: the step sums rows alone, the same whatever the model is.
constexpr bool ReadsModel(v1::StepKind kind) { return kind != v1::STEP_STANDARDISE; }

// The largest cohort whose counts the ring can add without wrapping and whose numbers it holds finely enough, whatever
// the step.
uint32_t MaxCohortSize(const v1::JobSpec& spec);

// INVALID_ARGUMENT when the ring cannot hold the sums of so many sites (says which block and how to change the job).
absl::StatusOr<VectorSchema> StepSchema(const v1::JobSpec& spec, v1::StepKind kind, uint64_t num_parameters,
                                        uint32_t cohort_size);

}  // namespace accord
