// Makes LibTorch ready in a process that is going to fork.
#pragma once

#include "absl/status/status.h"

namespace accord {

// Loads and initialises what the first training step would otherwise pay for: dispatcher, TorchScript compiler and
// interpreter, autograd, and the kernels of the layers that tables and small images use, each run once on a few
// numbers. Starts no thread of OpenMP, BLAS, ATen or autograd, so that the process may fork afterwards; devices other
// than the CPU are unknown to it from then on; a fork's first step then takes milliseconds. With `gpu` nothing is
// differentiated, and other devices stay known without being asked for anything: forks may use them, and pay for their
// first step.
//
// Precondition: OPENBLAS_NUM_THREADS=1 and UCX_VFS_ENABLE=n were in the environment when the process began (OpenBLAS
// and UCX start their threads while they are being loaded). Call from the only thread. SetComputeThreads is for the
// forks.
absl::Status WarmUp(bool gpu = false);

}  // namespace accord
