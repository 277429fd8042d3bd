// How long a sandboxed trainer takes to start: from nothing, and forked from the warm one.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/federation/jobs.h"
#include "bench/federation/process.h"
#include "bench/figure.h"
#include "bench/trainer_calls.h"
#include "client/daemon/training/trainer_host.h"

namespace accord::bench {
namespace {

constexpr int kStartRepeats = 5;
constexpr char kCold[] = "trainer/cold_start_ms";
constexpr char kWarm[] = "trainer/warm_start_ms";
constexpr size_t kTrivialParameters = 10;  // of TrivialJob

class Stopwatch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A new job on a warm trainer: fork, load the rows, one step. Milliseconds.
absl::StatusOr<double> RunFirstStep(TrainerHost& host, const TrainCall& first, const std::string& job_id) {
  const Stopwatch watch;
  ACCORD_RETURN_IF_ERROR(host.Compute(first.Request(job_id), [](uint64_t, uint64_t) {}).status());
  const double took_ms = watch.Milliseconds();
  host.EndJob(job_id);
  return took_ms;
}

// What a fork cannot avoid: a process with LibTorch's libraries mapped, copied and gone again.
double BareForkMilliseconds() {
  const Stopwatch watch;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return watch.Milliseconds();
}

absl::Status MeasureStarts(const Settings& settings, const std::function<void(const Figure&)>& report) {
  TempFolder folder;
  ACCORD_ASSIGN_OR_RETURN(const TrainerHostOptions options,
                          OptionsWithDataset(settings, TrivialSites(1).front().datasets.front(), folder.path()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobSpec spec, JobOf(TrivialJob().Yaml(), folder.path()));
  ACCORD_ASSIGN_OR_RETURN(const TrainCall first, TrainCall::Create(spec, std::vector<float>(kTrivialParameters)));
  std::vector<double> cold_ms, bare_exec_ms, warm_ms, bare_fork_ms;
  for (int i = 0; i < kStartRepeats; ++i) {
    const Stopwatch cold;
    ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TrainerHost> host, TrainerHost::Create(options));
    ACCORD_RETURN_IF_ERROR(host->Warm());
    cold_ms.push_back(cold.Milliseconds());
    for (int job = 0; job < kStartRepeats; ++job) {
      ACCORD_ASSIGN_OR_RETURN(const double took_ms, RunFirstStep(*host, first, absl::StrCat("job-", i, "-", job)));
      warm_ms.push_back(took_ms);
      bare_fork_ms.push_back(BareForkMilliseconds());
    }
    const Stopwatch bare;  // exec and the dynamic linker, without a sandbox
    ACCORD_RETURN_IF_ERROR(RunProgram({options.trainer_path, "--help"}, absl::Seconds(30)).status());
    bare_exec_ms.push_back(bare.Milliseconds());
  }
  report({kCold, Median(cold_ms), "ms", Median(bare_exec_ms)});
  report({kWarm, Median(warm_ms), "ms", Median(bare_fork_ms)});
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> TrainerSubjects() { return {{{kCold, kWarm}, &MeasureStarts}}; }

}  // namespace accord::bench
