#include "bench/kernel.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"

namespace accord::bench {
namespace {

constexpr char kLimitSuffix[] = "/limit";

// Takes google-benchmark's repetitions instead of printing them.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      nanoseconds_[run.run_name.function_name].push_back(1e9 * run.cpu_accumulated_time /
                                                         static_cast<double>(run.iterations));
    }
  }
  // Median time of one call; 0 when it never ran.
  double MedianOf(const std::string& name) const {
    const auto found = nanoseconds_.find(name);
    return found == nanoseconds_.end() ? 0 : Median(found->second);
  }

 private:
  std::map<std::string, std::vector<double>> nanoseconds_;
};

void Register(const std::string& name, const std::function<void()>& call) {
  benchmark::RegisterBenchmark(name.c_str(), [call](benchmark::State& state) {
    for (auto _ : state) call();
  });
}

void InitialiseLibrary() {
  std::vector<std::string> arguments = {"accord-bench", "--benchmark_enable_random_interleaving=true",
                                        "--benchmark_repetitions=9", "--benchmark_min_time=0.05"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  int argc = static_cast<int>(argv.size());
  benchmark::Initialize(&argc, argv.data());
}

}  // namespace

absl::Status MeasureKernels(const std::vector<Kernel>& kernels, const std::function<void(const Figure&)>& report) {
  InitialiseLibrary();
  for (const Kernel& kernel : kernels) {
    Register(kernel.name, kernel.run);
    Register(kernel.name + kLimitSuffix, kernel.limit);
  }
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  for (const Kernel& kernel : kernels) {
    const double elements = static_cast<double>(kernel.num_elements);
    const double value = collector.MedianOf(kernel.name) / elements;
    if (value <= 0) return absl::InternalError(absl::StrCat(kernel.name, ": google-benchmark reported no run"));
    report({kernel.name, value, "ns/element", collector.MedianOf(kernel.name + kLimitSuffix) / elements});
  }
  return absl::OkStatus();
}

}  // namespace accord::bench
