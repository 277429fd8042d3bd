#include "cli/rehearsal/findings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/step_schema.h"
#include "cli/numbers.h"

namespace accord {
namespace {

// A limit that a rehearsal comes so near to is met by slower sites with more rows.
constexpr double kNear = 0.5;
// Beyond, sites, columns and classes are counted and not named.
constexpr size_t kMostNamed = 5;

bool IsFinishedRound(const v1::RoundReport& round) {
  return IsRound(round.kind()) && round.outcome() == v1::ROUND_FINISHED;
}

// "hospital-1, hospital-2 and 3 more".
std::string Named(const std::vector<std::string>& sites) {
  if (sites.size() <= kMostNamed) return absl::StrJoin(sites, ", ");
  return absl::StrCat(absl::StrJoin(sites.begin(), sites.begin() + kMostNamed, ", "), " and ",
                      sites.size() - kMostNamed, " more");
}

using SitesOf = std::map<std::string, std::vector<std::string>>;

// A sentence about each of the first ones, and how many `others` there are.
void WarnOfEach(const SitesOf& all, const char* others, std::vector<std::string>& warnings,
                const std::function<std::string(const std::string&, const std::vector<std::string>&)>& sentence) {
  size_t told = 0;
  for (const auto& [name, where] : all) {
    if (++told > kMostNamed) break;
    warnings.push_back(sentence(name, where));
  }
  if (all.size() > kMostNamed) warnings.push_back(absl::StrCat(all.size() - kMostNamed, " more ", others));
}

void WarnOfRows(const v1::JobSpec& spec, const std::vector<SyntheticSite>& sites, std::vector<std::string>& warnings) {
  SitesOf constant, missing;
  std::vector<std::string> too_many;
  for (const SyntheticSite& site : sites) {
    for (const std::string& column : site.constant_columns) constant[column].push_back(site.site);
    for (const std::string& level : site.missing_classes) missing[level].push_back(site.site);
    const double training_rows = static_cast<double>(site.rows) * (1 - kSyntheticTestFraction);
    if (training_rows > spec.aggregation().max_rows_per_site()) too_many.push_back(site.site);
  }
  WarnOfEach(constant, "columns that have one value at some site", warnings,
             [&](const auto& column, const auto& where) {
               return absl::StrCat("column ", column, " has the same value in all synthetic rows of ", Named(where),
                                   where.size() == sites.size() ? ", which is everywhere: it tells the model nothing"
                                                                : ": there it tells the model nothing");
             });
  WarnOfEach(missing, "classes that some site does not have", warnings, [&](const auto& level, const auto& where) {
    return absl::StrCat("no synthetic row of class ", level, " at ", Named(where),
                        where.size() == sites.size() ? ", which is everywhere" : "");
  });
  // With newton such a site takes no part and is among those that were left out.
  if (too_many.empty() || spec.aggregation().has_newton()) return;
  warnings.push_back(absl::StrCat(Named(too_many), " counted for fewer: more training rows than ",
                                  "aggregation.max_rows_per_site, ",
                                  CountInWords(spec.aggregation().max_rows_per_site())));
}

void WarnOfRounds(const v1::JobReport& report, std::vector<std::string>& warnings) {
  uint64_t clipped = 0, abandoned = 0;
  double most_clipped = 0;
  std::string last_reason;
  std::map<std::string, std::string> absent;  // reason of the last time
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.metrics().clipped_share() > 0) ++clipped;
    most_clipped = std::max(most_clipped, round.metrics().clipped_share());
    if (round.outcome() == v1::ROUND_ABANDONED) {
      ++abandoned;
      last_reason = round.reason();
    }
    for (const v1::SiteAbsence& absence : round.absences()) absent[absence.site()] = absence.reason();
    for (const std::string& finding : round.findings()) warnings.push_back(finding);
  }
  if (clipped > 0) {
    warnings.push_back(absl::StrCat("updates were clipped in ", Plural(clipped, "round"), ", of one round up to ",
                                    ShareInPercent(most_clipped), " of the entries: aggregation.update_bound ",
                                    report.spec().aggregation().update_bound(), " is below what training moves"));
  }
  if (abandoned > 0) {
    warnings.push_back(
        absl::StrCat(Plural(abandoned, "attempt"), " at a round came to nothing, the last one because ", last_reason));
  }
  for (const auto& [site, reason] : absent)
    warnings.push_back(absl::StrCat(site, " was left out of a round: ", reason));
}

void WarnOfResult(const v1::JobReport& report, std::vector<std::string>& warnings) {
  const v1::Metrics& metrics = report.final_metrics();
  if (metrics.has_test_loss() && !std::isfinite(metrics.test_loss())) {
    warnings.push_back("the final model's loss is no finite number: try a smaller learning rate");
  }
  if (report.has_estimates() && !report.estimates().converged()) {
    const auto& unsettled = report.estimates().unsettled();
    warnings.push_back(
        absl::StrCat("the regression did not converge within ", Plural(report.estimates().iterations(), "iteration"),
                     " (rounds.count)",
                     unsettled.empty() ? "" : absl::StrCat("; what still moved: ", absl::StrJoin(unsettled, ", "))));
  }
}

void WarnOfLimits(const RehearsalResult& result, std::vector<std::string>& warnings) {
  const v1::JobSpec& spec = result.report.spec();
  const double slowest_s = TimesOfRounds(result.report).slowest_ms / 1000;
  if (slowest_s > kNear * spec.rounds().deadline_s()) {
    warnings.push_back(absl::StrCat("the slowest round took ", DurationInWords(slowest_s * 1000), " of the ",
                                    spec.rounds().deadline_s(), " s that it may (rounds.deadline_s)"));
  }
  if (static_cast<double>(result.memory.training_bytes) >
      kNear * static_cast<double>(spec.compute().memory_mib() * kMib)) {
    warnings.push_back(absl::StrCat("training took ", BytesInWords(result.memory.training_bytes),
                                    " of memory besides LibTorch, of the ", spec.compute().memory_mib(),
                                    " MiB that it may (compute.memory_mib); more rows take more"));
  }
}

}  // namespace

std::vector<std::string> WarningsOfRehearsal(const RehearsalPlan& plan, const RehearsalResult& result) {
  std::vector<std::string> warnings = plan.warnings;
  WarnOfRows(result.report.spec(), result.sites, warnings);
  WarnOfRounds(result.report, warnings);
  WarnOfResult(result.report, warnings);
  WarnOfLimits(result, warnings);
  return warnings;
}

RoundTimes TimesOfRounds(const v1::JobReport& report) {
  std::vector<double> times;
  for (const v1::RoundReport& round : report.rounds()) {
    if (IsFinishedRound(round)) times.push_back(round.duration_ms());
  }
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  return {.rounds = times.size(), .median_ms = times[times.size() / 2], .slowest_ms = times.back()};
}

uint64_t BytesSentPerSite(const v1::JobReport& report) {
  uint64_t bytes = 0;
  uint64_t in_turns = 0;  // of one site each
  uint64_t turns = 1;     // of a cycle
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.outcome() != v1::ROUND_FINISHED) continue;
    (round.turn() > 0 ? in_turns : bytes) += round.upload_bytes_per_site();
    turns = std::max<uint64_t>(turns, round.turns());
  }
  return bytes + in_turns / turns;
}

}  // namespace accord
