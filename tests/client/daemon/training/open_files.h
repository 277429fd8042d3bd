// The files of a folder that a test's process and the trainers under it hold open, from /proc: also such as have no name.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace accord {

struct OpenFile {
  int process = 0;
  uint64_t taken_bytes = 0;  // on the disk, whatever its length
};

inline std::map<int, int> ParentOfEachProcess() {
  std::map<int, int> parents;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const int process = std::atoi(entry.path().filename().c_str());
    std::ifstream file(entry.path() / "status");
    std::string word;
    while (process > 0 && file >> word && word != "PPid:") {
    }
    if (process > 0) file >> parents[process];
  }
  return parents;
}

// A trainer's process hides what it holds from everybody but an administrator.
inline bool MaySeeOpenFilesOfTrainers() { return geteuid() == 0; }

inline std::vector<OpenFile> FilesOpenIn(const std::string& folder) {
  std::vector<OpenFile> files;
  const std::map<int, int> parents = ParentOfEachProcess();
  for (const auto& [process, parent] : parents) {
    int ancestor = process;
    while (ancestor > 1 && ancestor != getpid() && parents.contains(ancestor)) ancestor = parents.at(ancestor);
    if (ancestor != getpid()) continue;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(absl::StrCat("/proc/", process, "/fd"), error)) {
      const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
      struct stat facts = {};
      if (!absl::StartsWith(target, folder + "/") || stat(entry.path().c_str(), &facts) != 0) continue;
      files.push_back({process, static_cast<uint64_t>(facts.st_blocks) * 512});
    }
  }
  return files;
}

}  // namespace accord
