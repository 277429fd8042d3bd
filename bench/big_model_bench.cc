// Rounds of 25 million float32 parameters over four sites without training: time beside the bare transfer of the same
// bytes, and the coordinator's memory.
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/federation/federation.h"
#include "bench/federation/jobs.h"
#include "bench/figure.h"
#include "bench/transfer_limit.h"

namespace accord::bench {
namespace {

constexpr uint64_t kBigModelParameters = 25'000'000;
constexpr uint64_t kModelBytes = kBigModelParameters * sizeof(float);  // a vector in the ring is as long
constexpr double kModelMib = static_cast<double>(kModelBytes) / (1 << 20);
constexpr size_t kBigModelSites = 4;
constexpr uint32_t kRoundsPerJob = 3;  // the first one finds no memory that served before, the others do
constexpr int kBigModelRepeats = 5;
constexpr char kRatio[] = "/ratio_to_transfer";
constexpr char kPeak[] = "/coordinator_peak_mib";
constexpr char kGrowth[] = "/coordinator_growth_mib";

struct BigModelCase {
  std::string subject;
  bool plain_sum;
};

std::vector<SiteSetup> EmptySites() {
  std::vector<SiteSetup> sites;
  for (size_t i = 0; i < kBigModelSites; ++i) sites.push_back({absl::StrCat("site-", i + 1), {}});
  return sites;
}

// Runs a drill to its end and appends its rounds' seconds.
absl::Status RunDrill(Federation& federation, uint32_t rounds, bool plain_sum, std::vector<double>& seconds) {
  DrillJob job;
  job.plain_sum = plain_sum;
  job.num_parameters = kBigModelParameters;
  job.rounds = rounds;
  job.sites = kBigModelSites;
  ACCORD_ASSIGN_OR_RETURN(const std::string id, federation.Submit(job.Yaml()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport report, federation.WaitUntilFinal(id, absl::Minutes(10)));
  if (report.state() != v1::JOB_FINISHED) {
    return absl::InternalError(absl::StrCat("the job did not finish: ", report.reason()));
  }
  for (const v1::RoundReport& round : report.rounds()) seconds.push_back(round.duration_ms() / 1000);
  return absl::OkStatus();
}

absl::Status MeasureBigModel(const BigModelCase& measured, const Settings& settings,
                             const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Federation> federation,
                          Federation::Create(settings.binary_folder, EmptySites()));
  ACCORD_RETURN_IF_ERROR(federation->StartSites());
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TransferGroup> transfers,
                          TransferGroup::Start(*federation, kModelBytes));
  ACCORD_ASSIGN_OR_RETURN(const double idle_mib, PeakMemoryMib(federation->coordinator().pid()));

  std::vector<double> rounds_s;
  std::vector<double> minimum_s;
  for (int i = 0; i < kBigModelRepeats; ++i) {
    ACCORD_RETURN_IF_ERROR(RunDrill(*federation, kRoundsPerJob, measured.plain_sum, rounds_s));
    ACCORD_ASSIGN_OR_RETURN(const double move_s, transfers->Move());
    ACCORD_ASSIGN_OR_RETURN(const double write_s, DurableWriteSeconds(federation->folder(), kModelBytes));
    minimum_s.push_back(move_s + write_s);
  }
  report({measured.subject + kRatio, Median(rounds_s), "s", Median(minimum_s)});

  // The sum, and the model that is stepped, cannot be avoided.
  ACCORD_ASSIGN_OR_RETURN(const double peak_mib, PeakMemoryMib(federation->coordinator().pid()));
  report({measured.subject + kPeak, peak_mib, "MiB", idle_mib + 2 * kModelMib});
  std::vector<double> ignored_s;
  ACCORD_RETURN_IF_ERROR(RunDrill(*federation, settings.long_run ? 50 : 5, measured.plain_sum, ignored_s));
  ACCORD_ASSIGN_OR_RETURN(const double later_mib, PeakMemoryMib(federation->coordinator().pid()));
  report({measured.subject + kGrowth, later_mib, "MiB", peak_mib});
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> BigModelSubjects() {
  std::vector<Subject> subjects;
  for (const BigModelCase& one : {BigModelCase{"round/25m/4", true}, BigModelCase{"round/secure/25m/4", false}}) {
    subjects.push_back({{one.subject + kRatio, one.subject + kPeak, one.subject + kGrowth},
                        [one](const Settings& settings, const std::function<void(const Figure&)>& report) {
                          return MeasureBigModel(one, settings, report);
                        }});
  }
  return subjects;
}

}  // namespace accord::bench
