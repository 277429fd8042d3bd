#include "client/daemon/training/gpu.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace accord {
namespace {

constexpr absl::string_view kModelLine = "Model:";

bool IsGpuDevice(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "nvidia")) return false;
  if (name == "ctl" || name == "-uvm" || name == "-uvm-tools" || name == "-modeset") return true;
  return !name.empty() && std::all_of(name.begin(), name.end(), absl::ascii_isdigit);
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<std::string> GpuDeviceFiles(const std::string& folder) {
  std::vector<std::string> files;
  for (const std::string& name : NamesIn(folder)) {
    if (IsGpuDevice(name)) files.push_back(folder + "/" + name);
  }
  return files;
}

std::string GpuModel(const std::string& folder) {
  for (const std::string& gpu : NamesIn(folder)) {
    std::ifstream information(folder + "/" + gpu + "/information");
    for (std::string line; std::getline(information, line);) {
      absl::string_view text = line;
      if (absl::ConsumePrefix(&text, kModelLine)) return std::string(absl::StripAsciiWhitespace(text));
    }
  }
  return "";
}

}  // namespace accord
