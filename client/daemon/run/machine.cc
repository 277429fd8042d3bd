#include "client/daemon/run/machine.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace accord {
namespace {

constexpr char kAlternatives[] = "/etc/alternatives";
constexpr absl::string_view kBlasLink = "libblas.so.3-";

}  // namespace

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, "model name")) continue;
    const size_t colon = line.find(':');
    if (colon != std::string::npos) return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return "unknown";
}

std::string BlasLibrary() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kAlternatives, error)) {
    if (!absl::StartsWith(entry.path().filename().string(), kBlasLink)) continue;
    const std::filesystem::path library = std::filesystem::canonical(entry.path(), error);
    if (error) continue;
    // ".../openblas-pthread/libblas.so.3": the folder is the implementation's name.
    return library.parent_path().filename().string();
  }
  return "unknown";
}

bool IsReferenceBlas(const std::string& library) { return library == "blas"; }

}  // namespace accord
