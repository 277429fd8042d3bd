// What an engineer's program shows of a job: a coordinator's report and the file of a demonstration. The first byte of
// the input: 'r' a JobReport, 'd' the JSON of a demonstration.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/report/html_report.h"
#include "cli/watch/job_view.h"
#include "tests/fuzz/support/example_job.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::job_report {
namespace {

constexpr char kDemonstration[] =
    R"({"synthetic": true, "hospitals": [{"name": "a", "train_rows": 10, "test_rows": 5,
    "alone": {"accuracy": 0.5, "auc": null}, "federated": {"accuracy": 0.75}, "pooled": {"accuracy": 0.75}}],
    "weighted": {"alone": {"accuracy": 0.5}, "federated": {"accuracy": 0.7}, "pooled": {"accuracy": 0.8}}})";

v1::JobReport ExampleReport() {
  v1::JobReport report;
  report.set_job_id("0123456789abcdef");
  report.set_name("heart-risk");
  report.set_state(v1::JOB_FINISHED);
  report.set_submitted_unix_ms(1'800'000'000'000);
  report.set_finished_unix_ms(1'800'000'100'000);
  report.set_rounds_total(3);
  report.set_rounds_done(1);
  report.add_notes("Two sites only.");
  *report.mutable_spec() = HeartJob();
  report.add_sites()->set_site("site-a");
  v1::RoundReport& round = *report.add_rounds();
  round.set_kind(v1::STEP_TRAIN);
  round.set_round(1);
  round.set_attempt(2);
  round.set_outcome(v1::ROUND_FINISHED);
  round.set_duration_ms(12.5);
  round.set_upload_bytes_per_site(400);
  round.add_sites("site-a");
  round.add_absences()->set_site("site-b");
  round.mutable_metrics()->set_test_loss(0.5);
  round.mutable_metrics()->set_test_auc(0.75);
  round.add_findings("site-b: two uploads");
  report.mutable_final_metrics()->set_test_accuracy(0.9);
  return report;
}

bool IsPlain(absl::string_view text) {
  return IsUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
         });
}

void CheckPage(const v1::JobReport& report, const Demonstration* demonstration) {
  const std::string page = RenderHtmlReport(report, demonstration);
  Require(IsPlain(page), "a page is UTF-8 without control characters");
  Require(page.find("<script") == std::string::npos, "a page has no scripts");
}

bool TakeReport(absl::string_view bytes) {
  v1::JobReport report;
  if (!report.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  CheckPage(report, nullptr);
  static ManualClock clock;
  std::ostringstream lines, terminal;
  JobView(lines, /*terminal=*/false, clock).Show(report);
  JobView(terminal, /*terminal=*/true, clock).Show(report);
  Require(IsPlain(lines.str()), "a coordinator's words do not command the terminal");
  return true;
}

bool TakeDemonstration(absl::string_view bytes) {
  const absl::StatusOr<Demonstration> demonstration = ParseDemonstration(bytes);
  if (!demonstration.ok()) return false;
  CheckPage(ExampleReport(), &*demonstration);
  return true;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {absl::StrCat("r", ExampleReport().SerializeAsString()), absl::StrCat("d", kDemonstration)};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'r':
      return TakeReport(bytes);
    case 'd':
      return TakeDemonstration(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("job_report", &Seeds, &Take);

}  // namespace accord::fuzz::job_report
