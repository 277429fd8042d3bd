#include "client/daemon/training/sandbox.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr char kBubblewrap[] = "/usr/bin/bwrap";

// OpenBLAS and OpenMP start threads while they are loaded, and a process with threads cannot be forked whole; each
// job's process sets its own number afterwards. So does UCX, which LibTorch of Debian 13 brings along: one that shows
// what it does as a file system.
const std::vector<std::pair<std::string, std::string>>& Environment() {
  static const auto* const kEnvironment = new std::vector<std::pair<std::string, std::string>>{
      {"OPENBLAS_NUM_THREADS", "1"}, {"OMP_NUM_THREADS", "1"}, {"UCX_VFS_ENABLE", "n"}, {"LC_ALL", "C.UTF-8"}};
  return *kEnvironment;
}

// By which the C library looks up names, and OpenSSL's settings.
constexpr const char* kNameServices[] = {"/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf",
                                         "/etc/host.conf",   "/etc/gai.conf", "/etc/ssl/openssl.cnf"};

// Of a LibTorch outside /usr; empty where there is none.
const std::vector<const char*> kTorchFolders = {
#ifdef ACCORD_TORCH_FOLDERS
    ACCORD_TORCH_FOLDERS
#endif
};

std::string ProgramInside(const SandboxPlan& plan) {
  return absl::StrCat("/app/bin/", std::filesystem::path(plan.program_path).filename().string());
}

// What the program loads in place of libraries that it does not use (cmake/torch_stand_ins.sh). Where there is none, it
// loads those.
BoundFile StandIns(const SandboxPlan& plan) {
  const std::filesystem::path program(plan.program_path);
  const std::string name = program.filename().string();
  return {.outside = (program.parent_path().parent_path() / "lib" / name).string(),
          .inside = absl::StrCat("/app/lib/", name),
          .may_go = true};
}

std::vector<std::string> BubblewrapArguments(const SandboxPlan& plan) {
  std::vector<std::string> arguments = {kBubblewrap,
                                        // New namespaces of every kind: no network, no shared memory or semaphores of
                                        // others, and no other process to see, not even bubblewrap's own.
                                        "--unshare-all", "--as-pid-1", "--die-with-parent", "--new-session",
                                        "--clearenv", "--cap-drop", "ALL",
                                        // Libraries. /etc/alternatives chooses the BLAS.
                                        "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/lib", "/lib", "--ro-bind-try",
                                        "/lib64", "/lib64", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
                                        "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
                                        "--proc", "/proc", "--dev", "/dev", "--size", "1048576", "--tmpfs", "/tmp",
                                        "--ro-bind", plan.program_path, ProgramInside(plan)};
  for (const char* folder : kTorchFolders) arguments.insert(arguments.end(), {"--ro-bind-try", folder, folder});
  if (plan.network) {
    arguments.push_back("--share-net");
    for (const char* file : kNameServices) arguments.insert(arguments.end(), {"--ro-bind-try", file, file});
  }
  for (const std::string& device : plan.devices) {
    arguments.insert(arguments.end(), {"--dev-bind-try", device, device});
  }
  std::vector<BoundFile> files = plan.files;
  files.push_back(StandIns(plan));
  for (const BoundFile& file : files) {
    arguments.insert(arguments.end(), {file.may_go ? "--ro-bind-try" : "--ro-bind", file.outside, file.inside});
  }
  for (const auto& [name, value] : Environment()) arguments.insert(arguments.end(), {"--setenv", name, value});
  // bubblewrap's own root is a file system in memory, which could be written to.
  arguments.insert(arguments.end(),
                   {"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--", ProgramInside(plan)});
  return arguments;
}

}  // namespace

absl::Status CheckSandboxPrograms(const std::string& trainer_path, v1::Sandbox::Mode mode) {
  if (access(trainer_path.c_str(), X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("there is no trainer program at ", trainer_path,
                                            "; set `trainer` in client.yaml to the path of accord-trainer"));
  }
  if (mode != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT && access(kBubblewrap, X_OK) != 0) {
    return absl::NotFoundError(
        absl::StrCat("there is no ", kBubblewrap, ", which makes the trainer's sandbox: apt-get install bubblewrap"));
  }
  return absl::OkStatus();
}

absl::Status CheckReaderProgram(const std::string& reader_path) {
  if (access(reader_path.c_str(), X_OK) == 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      "there is no ", reader_path, ", which asks database servers; install accord-reader beside accord-trainer"));
}

std::string ReaderPathBeside(const std::string& trainer_path) {
  return std::filesystem::path(trainer_path).replace_filename("accord-reader").string();
}

SpawnRequest RequestFor(const SandboxPlan& plan) {
  SpawnRequest request;
  request.name = plan.name;
  request.channel_fd = plan.channel_fd;
  for (const auto& [name, value] : Environment()) request.environment.push_back(absl::StrCat(name, "=", value));
  request.arguments = plan.mode == v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT
                          ? std::vector<std::string>{plan.program_path}
                          : BubblewrapArguments(plan);
  request.arguments.insert(request.arguments.end(), plan.arguments.begin(), plan.arguments.end());
  return request;
}

}  // namespace accord
