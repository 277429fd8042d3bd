// Rounds of a ten-parameter job between real processes: what a round costs when there is nothing to move or to compute.
#include <chrono>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "bench/federation/federation.h"
#include "bench/federation/jobs.h"
#include "bench/figure.h"
#include "bench/transfer_limit.h"

namespace accord::bench {
namespace {

constexpr int kRoundRepeats = 5;
constexpr uint32_t kTimedRounds = 5;
constexpr uint64_t kSmallBytes = 4096;  // job, model and vector of a round, all told

struct Samples {
  std::vector<double> jobs_s;     // submit to finished
  std::vector<double> rounds_ms;  // training rounds, as reported
  std::vector<double> minimum_s;  // one round trip to every site and one durable write
};

absl::Status RunOnce(Federation& federation, TransferGroup& transfers, bool plain_sum, Samples& samples) {
  TrivialJob job;
  job.plain_sum = plain_sum;
  job.rounds = kTimedRounds;
  job.min_sites = job.target_sites = static_cast<uint32_t>(federation.num_sites());
  const auto start = std::chrono::steady_clock::now();
  ACCORD_ASSIGN_OR_RETURN(const std::string id, federation.Submit(job.Yaml()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport report, federation.WaitUntilFinal(id, absl::Seconds(60)));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (report.state() != v1::JOB_FINISHED) {
    return absl::InternalError(absl::StrCat("the job did not finish: ", report.reason()));
  }
  samples.jobs_s.push_back(took.count());
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() == v1::STEP_TRAIN) samples.rounds_ms.push_back(round.duration_ms());
  }
  ACCORD_ASSIGN_OR_RETURN(const double move_s, transfers.Move());
  ACCORD_ASSIGN_OR_RETURN(const double write_s, DurableWriteSeconds(federation.folder(), kSmallBytes));
  samples.minimum_s.push_back(move_s + write_s);
  return absl::OkStatus();
}

struct RoundCase {
  std::string subject;
  size_t num_sites;
  bool plain_sum;
};

absl::Status MeasureRoundCase(const RoundCase& measured, const Settings& settings,
                              const std::function<void(const Figure&)>& report) {
  const size_t num_sites = measured.num_sites;
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Federation> federation,
                          Federation::Create(settings.binary_folder, TrivialSites(num_sites)));
  ACCORD_RETURN_IF_ERROR(federation->StartSites());
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TransferGroup> transfers,
                          TransferGroup::Start(*federation, kSmallBytes));
  Samples samples;
  for (int i = 0; i < kRoundRepeats; ++i)
    ACCORD_RETURN_IF_ERROR(RunOnce(*federation, *transfers, measured.plain_sum, samples));
  const double minimum_s = Median(samples.minimum_s);
  const std::string& subject = measured.subject;
  report({subject + "/five_rounds_s", Median(samples.jobs_s), "s", kTimedRounds * minimum_s});
  report({subject + "/median_ms", Median(samples.rounds_ms), "ms", 1000 * minimum_s});
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> RoundSubjects() {
  std::vector<Subject> subjects;
  const RoundCase cases[] = {{"round/trivial/2", 2, true}, {"round/trivial/8", 8, true}, {"round/secure/8", 8, false}};
  for (const RoundCase& one : cases) {
    subjects.push_back({{one.subject + "/five_rounds_s", one.subject + "/median_ms"},
                        [one](const Settings& settings, const std::function<void(const Figure&)>& report) {
                          return MeasureRoundCase(one, settings, report);
                        }});
  }
  return subjects;
}

}  // namespace accord::bench
