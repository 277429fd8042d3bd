// The warm trainer: LibTorch loaded, one data set bound, no job. Forks a process for each job.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "client/ipc/channel.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// Stays with one thread, so that a fork is a whole process. Not thread-safe.
class WarmProcess {
 public:
  explicit WarmProcess(IpcChannel channel) : channel_(std::move(channel)) {}

  // Serves until the daemon closes its end; every job's process then dies too. Returns the process's exit code. In a
  // job's process it returns that one's exit code.
  int Run();

 private:
  absl::Status Serve(const v1::DaemonMessage& message, std::vector<UniqueFd> descriptors);
  absl::Status Prepare(const v1::Prepare& prepare);
  absl::Status Fork(const v1::Fork& fork, std::vector<UniqueFd> descriptors);
  absl::Status End(const v1::EndJob& end);
  absl::Status Check(const v1::CheckData& check, std::vector<UniqueFd> descriptors);
  absl::Status Hash();
  absl::Status SendReady();
  void BecomeJob(const v1::Fork& fork, UniqueFd channel);

  IpcChannel channel_;
  bool prepared_ = false;
  v1::Prepare prepare_;
  absl::flat_hash_map<std::string, pid_t> jobs_;
  int job_exit_code_ = -1;  // not negative: this is a job's process, and it has ended
};

}  // namespace accord
