// What the trainers of a test took, from /proc.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace accord {

// Largest resident memory so far, in KiB, of each program named accord-trainer among this process's descendants that
// still runs. What of it is the system's own copy of files does not count.
inline std::vector<uint64_t> TrainerPeaksKib() {
  std::map<int, std::pair<int, uint64_t>> processes;  // parent and peak, by process
  std::map<int, bool> is_trainer;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "status");
    std::string key, name;
    int parent = 0;
    uint64_t peak_kib = 0;
    while (file >> key) {
      if (key == "Name:") file >> name;
      if (key == "PPid:") file >> parent;
      if (key == "VmHWM:") file >> peak_kib;
    }
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid == 0) continue;
    processes[pid] = {parent, peak_kib};
    is_trainer[pid] = name == "accord-trainer";
  }
  std::vector<uint64_t> peaks;
  for (const auto& [pid, facts] : processes) {
    if (!is_trainer[pid]) continue;
    int ancestor = facts.first;
    while (ancestor > 1 && ancestor != getpid()) ancestor = processes[ancestor].first;
    if (ancestor == getpid()) peaks.push_back(facts.second);
  }
  return peaks;
}

// The largest of them, in MiB.
inline uint64_t TrainerPeakMib() {
  const std::vector<uint64_t> peaks = TrainerPeaksKib();
  return peaks.empty() ? 0 : *std::max_element(peaks.begin(), peaks.end()) >> 10;
}

}  // namespace accord
