#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <malloc.h>

#include "absl/strings/str_cat.h"
#include "models/torch_error.h"
#include "models/training.h"

namespace accord {
namespace {

constexpr uint32_t kMaxThreads = 256;

// OpenBLAS is chosen at run time by Debian's alternatives, so it is not linked by name.
void SetBlasThreads(int threads) {
  using SetNumThreads = void (*)(int);
  const auto set = reinterpret_cast<SetNumThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set != nullptr) set(threads);
}

// Activations of a few megabytes come and go with every step; given back to the kernel each time, their page faults are
// a tenth of a small network's step. 32 MiB is the largest threshold that glibc takes.
void KeepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

}  // namespace

absl::Status SetComputeThreads(uint32_t threads) {
  if (threads == 0) threads = 1;
  if (threads > kMaxThreads) {
    return absl::InvalidArgumentError(absl::StrCat("compute.threads: ", threads, " is more than ", kMaxThreads));
  }
  return CatchTorchErrors("compute.threads", ErrorText::kShow, [&] {
    KeepFreedMemory();
    const int count = static_cast<int>(threads);
    // Before any worker thread exists: they inherit the floating-point mode. Numbers below 1e-38 become 0; without that
    // a network whose units die slows down a hundredfold.
    at::globalContext().setFlushDenormal(true);
    SetBlasThreads(count);
    at::set_num_threads(count);
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
    return absl::OkStatus();
  });
}

}  // namespace accord
