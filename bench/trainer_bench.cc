// How long a sandboxed trainer takes to start: from nothing, and forked from the warm one.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "base/config/yaml_reader.h"
#include "base/file.h"
#include "base/status.h"
#include "bench/federation/jobs.h"
#include "bench/federation/process.h"
#include "bench/figure.h"
#include "client/daemon/training/trainer_host.h"
#include "proto/validation/job_validation.h"

namespace accord::bench {
namespace {

constexpr int kRepeats = 5;
constexpr char kCold[] = "trainer/cold_start_ms";
constexpr char kWarm[] = "trainer/warm_start_ms";
constexpr uint64_t kParameters = 10;  // of TrivialJob

class Stopwatch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

absl::StatusOr<TrainerHostOptions> WriteDataset(const Settings& settings, const std::string& folder) {
  const SiteDataset dataset = TrivialSites(1).front().datasets.front();
  for (const auto& [name, content] : dataset.files) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/" + name, content));
  }
  const std::string mapping = folder + "/mapping.yaml";
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(mapping, dataset.mapping));
  TrainerHostOptions options;
  options.trainer_path = settings.binary_folder + "/accord-trainer";
  options.site = "site-1";
  options.sandbox.set_mode(v1::Sandbox::REQUIRED);
  options.sandbox.set_memory_mib(4096);
  options.sandbox.set_threads(1);
  options.sandbox.set_silence_s(60);
  options.sandbox.set_max_data_mib(64);
  options.datasets.push_back({dataset.name, mapping});
  return options;
}

// The trivial job's first training step, as the daemon would ask for it.
struct FirstStep {
  std::string job_bytes;
  v1::ComputeStep step;
  UniqueFd model;
  UniqueFd vector;
};

absl::StatusOr<FirstStep> MakeFirstStep(const std::string& folder) {
  const std::string path = folder + "/job.yaml";
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, TrivialJob().Yaml()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobSpec spec, LoadJobSpec(path));
  ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema, StepSchema(spec, v1::STEP_TRAIN, kParameters, 2));
  FirstStep first;
  first.job_bytes = spec.SerializeAsString();
  first.step.set_kind(v1::STEP_TRAIN);
  first.step.set_round(1);
  first.step.set_cohort_size(2);
  first.step.set_num_parameters(kParameters);
  first.step.set_vector_bytes(schema.num_bytes());
  ACCORD_ASSIGN_OR_RETURN(first.model, MakeMemoryFile("model", kParameters * sizeof(float)));
  ACCORD_ASSIGN_OR_RETURN(first.vector, MakeMemoryFile("vector", schema.num_bytes()));
  return first;
}

// A new job on a warm trainer: fork, load the rows, one step. Milliseconds.
absl::StatusOr<double> RunFirstStep(TrainerHost& host, const FirstStep& first, const std::string& job_id) {
  const Stopwatch watch;
  ComputeRequest request;
  request.job_id = job_id;
  request.dataset = "trivial";
  request.job_bytes = first.job_bytes;
  request.step = first.step;
  request.model_fd = first.model.get();
  request.vector_fd = first.vector.get();
  ACCORD_RETURN_IF_ERROR(host.Compute(request, [](uint64_t, uint64_t) {}).status());
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

absl::Status Measure(const Settings& settings, const std::function<void(const Figure&)>& report) {
  TempFolder folder;
  ACCORD_ASSIGN_OR_RETURN(const TrainerHostOptions options, WriteDataset(settings, folder.path()));
  ACCORD_ASSIGN_OR_RETURN(const FirstStep first, MakeFirstStep(folder.path()));
  std::vector<double> cold_ms, bare_exec_ms, warm_ms, bare_fork_ms;
  for (int i = 0; i < kRepeats; ++i) {
    const Stopwatch cold;
    ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TrainerHost> host, TrainerHost::Create(options));
    ACCORD_RETURN_IF_ERROR(host->Warm());
    cold_ms.push_back(cold.Milliseconds());
    for (int job = 0; job < kRepeats; ++job) {
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

std::vector<Subject> TrainerSubjects() { return {{{kCold, kWarm}, &Measure}}; }

}  // namespace accord::bench
