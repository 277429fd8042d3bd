#include "cli/local_federation/programs.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace accord {
namespace {

constexpr char kCoordinator[] = "accord-coordinator";
constexpr char kClient[] = "accord-client";
constexpr char kTrainer[] = "accord-trainer";
constexpr char kSimulator[] = "accord-simulator";

}  // namespace

Programs ProgramsIn(const std::string& folder) {
  return {.coordinator = absl::StrCat(folder, "/", kCoordinator),
          .client = absl::StrCat(folder, "/", kClient),
          .trainer = absl::StrCat(folder, "/", kTrainer),
          .simulator = absl::StrCat(folder, "/", kSimulator)};
}

absl::StatusOr<Programs> FindPrograms(const std::string& own_folder, const std::string& path, bool with_simulator) {
  std::vector<std::string> folders = {own_folder};
  for (const absl::string_view folder : absl::StrSplit(path, ':', absl::SkipEmpty())) {
    // A relative one would be another folder at each site, whose daemon runs the trainer.
    if (folder[0] == '/') folders.emplace_back(folder);
  }
  std::vector<std::string> missing;
  const auto find = [&](const char* name) -> std::string {
    for (const std::string& folder : folders) {
      const std::string file = absl::StrCat(folder, "/", name);
      std::error_code error;
      if (access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file, error)) return file;
    }
    missing.emplace_back(name);
    return "";
  };
  Programs programs = {.coordinator = find(kCoordinator), .client = find(kClient), .trainer = find(kTrainer)};
  if (with_simulator) programs.simulator = find(kSimulator);
  if (missing.empty()) return programs;
  return absl::NotFoundError(absl::StrCat("there is no ", absl::StrJoin(missing, ", no "), " in ", own_folder,
                                          " nor in the folders of PATH; a federation on this machine needs them: build "
                                          "them, or copy them beside accord"));
}

absl::StatusOr<Programs> FindPrograms(bool with_simulator) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(absl::StrCat("cannot read /proc/self/exe: ", error.message()));
  const char* path = std::getenv("PATH");
  return FindPrograms(self.parent_path().string(), path == nullptr ? "" : path, with_simulator);
}

}  // namespace accord
