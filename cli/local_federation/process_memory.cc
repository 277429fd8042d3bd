#include "cli/local_federation/process_memory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace accord {
namespace {

constexpr uint64_t kKib = 1024;

// Lines "Name:   123 kB" of a file in /proc, in bytes.
absl::flat_hash_map<std::string, uint64_t> ReadKibLines(const std::string& path) {
  absl::flat_hash_map<std::string, uint64_t> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(": \t"), absl::SkipEmpty());
    uint64_t kib = 0;
    if (words.size() == 3 && words[2] == "kB" && absl::SimpleAtoi(words[1], &kib)) values[words[0]] = kib * kKib;
  }
  return values;
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// What a control group leaves; the largest number where it has no limit.
uint64_t LeftInGroup(const std::string& folder) {
  uint64_t most = 0, used = 0;
  if (!absl::SimpleAtoi(FirstLine(folder + "/memory.max"), &most)) return UINT64_MAX;  // "max", or the root's
  if (!absl::SimpleAtoi(FirstLine(folder + "/memory.current"), &used)) return UINT64_MAX;
  return used < most ? most - used : 0;
}

struct Entry {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;
};

std::vector<Entry> AllProcesses() {
  std::vector<Entry> processes;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator("/proc", error)) {
    Entry entry;
    if (!absl::SimpleAtoi(folder.path().filename().string(), &entry.pid)) continue;
    const std::string stat = FirstLine(folder.path().string() + "/stat");  // "PID (NAME) STATE PARENT ..."
    const size_t open = stat.find('(');
    const size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) continue;
    entry.name = stat.substr(open + 1, close - open - 1);
    std::istringstream(stat.substr(close + 4)) >> entry.parent;
    processes.push_back(std::move(entry));
  }
  return processes;
}

}  // namespace

absl::StatusOr<ProcessMemory> MemoryOf(pid_t pid) {
  const std::string path = absl::StrCat("/proc/", pid, "/status");
  const auto values = ReadKibLines(path);
  const auto value = [&values](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? uint64_t{0} : found->second;
  };
  if (!values.contains("VmHWM")) return absl::NotFoundError(absl::StrCat("no VmHWM in ", path));
  return ProcessMemory{.peak_resident_bytes = value("VmHWM"),
                       .own_bytes = value("RssAnon") + value("RssShmem"),
                       .peak_address_bytes = value("VmPeak")};
}

std::vector<pid_t> Descendants(pid_t ancestor, absl::string_view program_name) {
  const std::vector<Entry> processes = AllProcesses();
  std::vector<pid_t> family = {ancestor};
  std::vector<pid_t> found;
  for (size_t i = 0; i < family.size(); ++i) {
    for (const Entry& entry : processes) {
      if (entry.parent != family[i]) continue;
      family.push_back(entry.pid);
      if (entry.name == program_name) found.push_back(entry.pid);
    }
  }
  return found;
}

absl::StatusOr<uint64_t> AvailableMemoryBytes() {
  const auto machine = ReadKibLines("/proc/meminfo");
  const auto available = machine.find("MemAvailable");
  if (available == machine.end()) return absl::NotFoundError("no MemAvailable in /proc/meminfo");
  uint64_t left = available->second;
  // Of the unified hierarchy (cgroups(7)): "0::/PATH".
  const std::string group = FirstLine("/proc/self/cgroup");
  if (!absl::StartsWith(group, "0::/")) return left;
  for (std::filesystem::path path = group.substr(3); path.has_relative_path(); path = path.parent_path()) {
    left = std::min(left, LeftInGroup("/sys/fs/cgroup" + path.string()));
  }
  return left;
}

}  // namespace accord
