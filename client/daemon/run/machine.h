// What is worth knowing of the machine that a site's daemon runs on.
#pragma once

#include <string>

namespace accord {

// Of the project (CMakeLists.txt).
inline constexpr char kSoftwareVersion[] = ACCORD_VERSION;

// The processor's model, as the kernel names it; "unknown" where it does not.
std::string CpuModel();

// The library that stands for BLAS on this machine ("openblas-pthread ..."), by Debian's alternatives; "unknown" where
// that cannot be told. LibTorch over the reference BLAS ("blas") multiplies matrices 30 times slower than over
// OpenBLAS.
std::string BlasLibrary();
bool IsReferenceBlas(const std::string& library);
inline constexpr char kReferenceBlasAdvice[] =
    "matrix products use the reference BLAS, which is 30 times slower than OpenBLAS here: "
    "apt-get install libopenblas0-pthread";

}  // namespace accord
