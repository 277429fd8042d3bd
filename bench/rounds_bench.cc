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

constexpr int kRepeats = 5;
constexpr uint32_t kRounds = 5;
constexpr uint64_t kSmallBytes = 4096;  // job, model and vector of a round, all told

struct Samples {
  std::vector<double> jobs_s;     // submit to finished
  std::vector<double> rounds_ms;  // training rounds, as reported
  std::vector<double> minimum_s;  // one round trip to every site and one durable write
};

absl::Status RunOnce(Federation& federation, TransferGroup& transfers, Samples& samples) {
  TrivialJob job;
  job.rounds = kRounds;
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

absl::Status Measure(size_t num_sites, const Settings& settings, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Federation> federation,
                          Federation::Create(settings.binary_folder, TrivialSites(num_sites)));
  ACCORD_RETURN_IF_ERROR(federation->StartSites());
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TransferGroup> transfers,
                          TransferGroup::Start(*federation, kSmallBytes));
  Samples samples;
  for (int i = 0; i < kRepeats; ++i) ACCORD_RETURN_IF_ERROR(RunOnce(*federation, *transfers, samples));
  const double minimum_s = Median(samples.minimum_s);
  const std::string subject = absl::StrCat("round/trivial/", num_sites);
  report({subject + "/five_rounds_s", Median(samples.jobs_s), "s", kRounds * minimum_s});
  report({subject + "/median_ms", Median(samples.rounds_ms), "ms", 1000 * minimum_s});
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> RoundSubjects() {
  std::vector<Subject> subjects;
  for (const size_t num_sites : {size_t{2}, size_t{8}}) {
    const std::string subject = absl::StrCat("round/trivial/", num_sites);
    subjects.push_back({{subject + "/five_rounds_s", subject + "/median_ms"},
                        [num_sites](const Settings& settings, const std::function<void(const Figure&)>& report) {
                          return Measure(num_sites, settings, report);
                        }});
  }
  return subjects;
}

}  // namespace accord::bench
