// How a trainer is started: in bubblewrap namespaces without network, seeing the system's libraries, its own program
// and the files of one data set, all read-only. A reader likewise, with the machine's network and what names of servers
// are looked up by. SECURITY: docs/architecture.md says what each line is for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/daemon/training/bound_data.h"
#include "client/daemon/training/process_keeper.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

struct SandboxPlan {
  std::string name;                    // in the log
  std::string program_path;            // outside: accord-trainer, accord-reader
  std::vector<std::string> arguments;  // of the program
  std::vector<BoundFile> files;
  v1::Sandbox::Mode mode = v1::Sandbox::REQUIRED;
  std::vector<std::string> devices;  // device files that it may open, of the GPU that the site offers
  int channel_fd = -1;
  bool network = false;  // the machine's
};

// NOT_FOUND when there is no bubblewrap or no trainer program; says which package to install.
absl::Status CheckSandboxPrograms(const std::string& trainer_path, v1::Sandbox::Mode mode);

// NOT_FOUND when there is no reader.
absl::Status CheckReaderProgram(const std::string& reader_path);

// The program that reads databases lies beside the trainer.
std::string ReaderPathBeside(const std::string& trainer_path);

// What to start. Environment, descriptors and, in the sandbox, everything else is as the program shall see it.
SpawnRequest RequestFor(const SandboxPlan& plan);

}  // namespace accord
