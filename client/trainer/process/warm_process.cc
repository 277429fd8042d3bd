#include "client/trainer/process/warm_process.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <utility>

#include "base/child_process.h"
#include "base/status.h"
#include "client/trainer/confine/limits.h"
#include "client/trainer/confine/system_call_filter.h"
#include "client/trainer/data/content_hash.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/process/job_process.h"
#include "client/trainer/process/progress_reporter.h"
#include "models/device.h"
#include "models/warm_up.h"

namespace accord {
namespace {

// A fork copies the calling thread only: locks that another one holds would stay locked for ever.
absl::Status CheckSingleThread() {
#if defined(__SANITIZE_THREAD__)
  return absl::OkStatus();  // the thread sanitizer has a thread of its own, which knows about forks
#endif
  std::error_code error;
  std::filesystem::directory_iterator tasks("/proc/self/task", error);
  if (error) return absl::InternalError("cannot read /proc/self/task");
  const auto threads = std::distance(begin(tasks), end(tasks));
  if (threads == 1) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the warm trainer has ", threads, " threads and must have one to fork"));
}

std::string Describe(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return absl::StrCat("was killed by signal ", signal, " (", strsignal(signal), ")");
  }
  return absl::StrCat("exited with code ", WEXITSTATUS(wait_status));
}

}  // namespace

int WarmProcess::Run() {
  for (;;) {
    v1::DaemonMessage message;
    std::vector<UniqueFd> descriptors;
    absl::Status status = channel_.Receive(message, descriptors, absl::InfiniteDuration());
    if (absl::IsUnavailable(status)) return 0;
    if (status.ok()) {
      try {
        status = Serve(message, std::move(descriptors));
      } catch (const std::bad_alloc&) {
        status = absl::ResourceExhaustedError("the trainer ran out of memory: raise sandbox.memory_mib");
      }
    }
    if (job_exit_code_ >= 0) return job_exit_code_;
    if (status.ok()) continue;
    v1::TrainerMessage answer;
    answer.mutable_failed()->set_reason(std::string(status.message()));
    answer.mutable_failed()->set_permanent(!absl::IsUnavailable(status) && !absl::IsInternal(status));
    if (!channel_.Send(answer).ok()) return 0;
  }
}

absl::Status WarmProcess::Serve(const v1::DaemonMessage& message, std::vector<UniqueFd> descriptors) {
  switch (message.kind_case()) {
    case v1::DaemonMessage::kPrepare:
      return Prepare(message.prepare());
    case v1::DaemonMessage::kFork:
      return Fork(message.fork(), std::move(descriptors));
    case v1::DaemonMessage::kEndJob:
      return End(message.end_job());
    case v1::DaemonMessage::kCheckData:
      return Check(message.check_data(), std::move(descriptors));
    case v1::DaemonMessage::kHashData:
      return Hash();
    default:
      return absl::InvalidArgumentError("the warm process takes prepare, fork, end_job, check_data and hash_data only");
  }
}

absl::Status WarmProcess::SendReady() {
  v1::TrainerMessage answer;
  answer.mutable_ready();
  return channel_.Send(answer);
}

absl::Status WarmProcess::Prepare(const v1::Prepare& prepare) {
  if (std::exchange(prepared_, true)) return absl::InvalidArgumentError("this trainer is prepared already");
  prepare_ = prepare;
  ACCORD_RETURN_IF_ERROR(InstallSystemCallFilter(prepare_.gpu()));
  ACCORD_RETURN_IF_ERROR(WarmUp(prepare_.gpu()));
  ACCORD_RETURN_IF_ERROR(CheckSingleThread());
  return SendReady();
}

absl::Status WarmProcess::Fork(const v1::Fork& fork_request, std::vector<UniqueFd> descriptors) {
  if (!prepared_) return absl::InvalidArgumentError("fork before prepare");
  if (descriptors.size() != 1) return absl::InvalidArgumentError("fork needs one descriptor, the job's channel");
  if (jobs_.contains(fork_request.job_id())) return absl::InvalidArgumentError("this job has a process already");
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return ErrnoError("fork", "a job's process");
  if (child == 0) {
    // The tie to the parent is not inherited, and the parent may have died before it was made.
    const bool tied = DieWithParentAndHide().ok() && getppid() == parent;
    if (tied) {
      BecomeJob(fork_request, std::move(descriptors[0]));
    } else {
      job_exit_code_ = 1;
    }
    return absl::OkStatus();
  }
  jobs_.emplace(fork_request.job_id(), child);
  return SendReady();
}

void WarmProcess::BecomeJob(const v1::Fork& fork, UniqueFd channel) {
  channel_ = IpcChannel(UniqueFd());
  const absl::Status confined = InstallJobFilter();
  if (!confined.ok()) {
    spdlog::error("{}", std::string(confined.message()));
    job_exit_code_ = 1;
    return;
  }
  v1::Prepare prepare = fork.has_data() ? fork.data() : std::move(prepare_);
  job_exit_code_ = JobProcess(IpcChannel(std::move(channel)), std::move(prepare)).Run();
}

absl::Status WarmProcess::End(const v1::EndJob& end) {
  const auto found = jobs_.find(end.job_id());
  if (found == jobs_.end()) return absl::InvalidArgumentError("no such job here");
  const pid_t child = found->second;
  jobs_.erase(found);
  int wait_status = 0;
  // How it ended by itself, if it did, is what the daemon wants to know.
  if (waitpid(child, &wait_status, WNOHANG) == 0) {
    kill(child, SIGKILL);
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
    }
  }
  v1::TrainerMessage answer;
  answer.mutable_job_ended()->set_how(Describe(wait_status));
  return channel_.Send(answer);
}

absl::Status WarmProcess::Hash() {
  if (!prepared_) return absl::InvalidArgumentError("hash_data before prepare");
  ProgressReporter progress(channel_);
  // How much is still to come is not known of a folder: never the last report.
  const auto report_progress = [&](uint64_t bytes) { progress.Report(bytes, bytes + 1); };
  ACCORD_ASSIGN_OR_RETURN(const std::vector<HashedPart> parts,
                          HashContent(prepare_.mapping(), prepare_.max_data_bytes(), report_progress));
  v1::TrainerMessage answer;
  answer.mutable_hashed_data();
  for (const HashedPart& part : parts) {
    v1::HashedDataPart& hashed = *answer.mutable_hashed_data()->add_parts();
    hashed.set_place(part.place);
    hashed.set_sha256(part.sha256.data(), part.sha256.size());
    hashed.set_bytes(part.bytes);
  }
  return channel_.Send(answer);
}

absl::Status WarmProcess::Check(const v1::CheckData& check, std::vector<UniqueFd> descriptors) {
  if (!prepared_) return absl::InvalidArgumentError("check_data before prepare");
  if (descriptors.size() != (check.has_rows() ? 1 : 0)) {
    return absl::InvalidArgumentError("check_data comes with one descriptor, where the rows come from, or none");
  }
  ProgressReporter progress(channel_);
  const auto report_progress = [&](uint64_t done, uint64_t total) { progress.Report(done, total); };
  v1::TrainerMessage answer;
  v1::DataReport& report = *answer.mutable_data_report();
  absl::Status status;
  DataRequest request;
  request.mapping = &prepare_.mapping();
  request.max_bytes = prepare_.max_data_bytes();
  request.progress = report_progress;
  request.opt_out_list = prepare_.opt_out_list();
  if (check.has_rows()) request.rows_fd = descriptors[0].get();
  request.room.keep = false;  // of a table the report is all that is wanted
  if (check.has_schema()) {
    request.schema = &check.schema();
    status = LoadJobData(request, report).status();
  } else {
    status = InspectData(request, report);
  }
  if (prepare_.gpu()) report.set_gpu_fault(GpuFault());  // this process forks no job any more
  // Whatever is wrong is a finding of the check, not its failure.
  if (!status.ok() && report.num_faults() == 0) {
    report.add_faults()->set_problem(std::string(status.message()));
    report.set_num_faults(1);
  }
  return channel_.Send(answer);
}

}  // namespace accord
