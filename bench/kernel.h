// Kernels timed by google-benchmark, each beside its limit, interleaved at random so that a change of the machine's
// speed meets both. What counts is the calling thread's time on a processor: a kernel runs on that thread alone, and
// what other processes take in between is none of its cost.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/figure.h"

namespace accord::bench {

struct Kernel {
  std::string name;
  uint64_t num_elements = 0;    // that one call works on
  std::function<void()> run;    // the project's code
  std::function<void()> limit;  // the least that any code would have to do over the same memory
};

// Reports the median nanoseconds an element of every kernel.
absl::Status MeasureKernels(const std::vector<Kernel>& kernels, const std::function<void(const Figure&)>& report);

}  // namespace accord::bench
