#include "cli/watch/job_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/programs/step_words.h"
#include "base/printable.h"
#include "cli/numbers.h"
#include "cli/report/sections.h"
#include "cli/terminal_text.h"

namespace accord {
namespace {

constexpr int kBarWidth = 40;
constexpr int kRoundsInBlock = 8;
constexpr size_t kMostReason = 100;

std::string Figure(bool has, const std::string& text) { return has ? text : "-"; }

std::string RemarksOf(const v1::RoundReport& round) {
  std::vector<std::string> parts(round.findings().begin(), round.findings().end());
  if (round.outcome() == v1::ROUND_ABANDONED) parts.push_back(absl::StrCat("abandoned: ", round.reason()));
  if (round.outcome() == v1::ROUND_SKIPPED) parts.push_back(round.reason());
  if (round.outcome() == v1::ROUND_FINISHED && round.turn() > 0) {
    parts.push_back(absl::StrCat("the turn of ", absl::StrJoin(round.sites(), ", ")));
  }
  for (const auto& absence : round.absences()) {
    parts.push_back(absl::StrCat(absence.site(), " absent (", absence.reason(), ")"));
  }
  if (!round.combined().empty()) parts.push_back(round.combined());
  const std::string remarks = Printable(absl::StrJoin(parts, "; "));
  return remarks.size() > kMostReason ? Padded(remarks, kMostReason) : remarks;
}

}  // namespace

std::string ProgressBar(uint32_t done, uint32_t total, int width) {
  const double share = total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / total);
  const auto filled = static_cast<size_t>(share * width);
  return absl::StrCat("[", std::string(filled, '#'), std::string(static_cast<size_t>(width) - filled, '.'), "]");
}

std::string TimeLeftInWords(const v1::JobReport& report, absl::Time now) {
  const v1::RoundReport* first = nullptr;
  uint32_t finished = 0;
  for (const auto& round : report.rounds()) {
    if (!IsRound(round.kind()) || round.outcome() != v1::ROUND_FINISHED || round.turn() < round.turns()) continue;
    if (first == nullptr) first = &round;
    ++finished;
  }
  if (finished < 2 || report.rounds_total() < report.rounds_done()) return "unknown";
  // Whole time so far over rounds so far: abandoned attempts and waiting count, as they will again.
  const double elapsed_ms = absl::ToDoubleMilliseconds(now - absl::FromUnixMillis(first->started_unix_ms()));
  if (elapsed_ms < 0) return "unknown";
  const uint32_t left = report.stopped_after() > 0 ? 0 : report.rounds_total() - report.rounds_done();
  return DurationInWords(elapsed_ms / finished * left);
}

std::string StateLine(const v1::JobReport& report) {
  std::string line = StateInWords(report.state());
  if (!report.reason().empty()) absl::StrAppend(&line, ": ", report.reason());
  if (!report.waiting_for().empty()) absl::StrAppend(&line, ": ", report.waiting_for());
  return Printable(line);
}

std::string HeadOfRounds(bool regression) {
  return absl::StrFormat("%6s  %-15s %5s  %8s  %10s  %9s  %9s  %6s  %s", "round", "step", "sites", "took", "train loss",
                         "test loss", regression ? "sq. error" : "accuracy", "AUC", "remarks");
}

std::string RoundLine(const v1::RoundReport& round) {
  const v1::Metrics& metrics = round.metrics();
  const std::string quality = metrics.has_test_mse()
                                  ? MetricInDigits(metrics.test_mse())
                                  : Figure(metrics.has_test_accuracy(), ShareInPercent(metrics.test_accuracy()));
  const std::string line = absl::StrFormat(
      "%6s  %-15s %5d  %8s  %10s  %9s  %9s  %6s  %s", round.round() == 0 ? "" : absl::StrCat(round.round()),
      StepInWords(round.kind()), round.sites_size(), DurationInWords(round.duration_ms()),
      Figure(metrics.has_train_loss(), MetricInDigits(metrics.train_loss())),
      Figure(metrics.has_test_loss(), MetricInDigits(metrics.test_loss())), quality,
      Figure(metrics.has_test_auc(), AucInDigits(metrics.test_auc())), RemarksOf(round));
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

void JobView::Show(const v1::JobReport& report) { terminal_ ? DrawBlock(report) : ShowLines(report); }

void JobView::Say(absl::string_view line) {
  EraseBlock();
  out_ << Printable(line) << "\n" << std::flush;
}

void JobView::ShowLines(const v1::JobReport& report) {
  const std::string state = StateLine(report);
  if (state != last_state_ && report.rounds_size() == rounds_shown_) out_ << "job " << state << "\n";
  for (; rounds_shown_ < report.rounds_size(); ++rounds_shown_) {
    if (rounds_shown_ == 0) out_ << HeadOfRounds(report.spec().data().target().has_numeric()) << "\n";
    out_ << RoundLine(report.rounds(rounds_shown_)) << "\n";
    if (rounds_shown_ + 1 == report.rounds_size() && state != last_state_) out_ << "job " << state << "\n";
  }
  last_state_ = state;
  out_ << std::flush;
}

void JobView::EraseBlock() {
  if (block_lines_ > 0) out_ << absl::StrFormat("\033[%dA\033[J", block_lines_);
  block_lines_ = 0;
}

void JobView::DrawBlock(const v1::JobReport& report) {
  EraseBlock();
  std::vector<std::string> lines;
  lines.push_back(absl::StrCat(Printable(report.name()), "  ", StateLine(report)));
  lines.push_back(absl::StrCat(
      ProgressBar(report.rounds_done(), report.rounds_total(), kBarWidth), "  round ", report.rounds_done(), " of ",
      report.rounds_total(),
      report.state() == v1::JOB_RUNNING ? absl::StrCat(", time left ", TimeLeftInWords(report, clock_.Now())) : ""));
  lines.push_back("");
  if (!report.rounds().empty()) lines.push_back(HeadOfRounds(report.spec().data().target().has_numeric()));
  for (int i = std::max(0, report.rounds_size() - kRoundsInBlock); i < report.rounds_size(); ++i) {
    lines.push_back(RoundLine(report.rounds(i)));
  }
  // Lines must not wrap: the cursor goes up by lines of the block.
  for (const std::string& line : lines) out_ << "\033[?7l" << line << "\033[?7h\n";
  out_ << std::flush;
  block_lines_ = static_cast<int>(lines.size());
}

}  // namespace accord
