#include "client/daemon/training/process_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace accord {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// What posix_spawn does between fork and exec: the three standard descriptors, the channel, nothing else.
class SpawnPlan {
 public:
  SpawnPlan(int channel_fd, int stderr_fd) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, stderr_fd, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&files_, channel_fd, kChannelFd);
    posix_spawn_file_actions_addclosefrom_np(&files_, kChannelFd + 1);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    // A group of its own: Ctrl-C at the daemon's terminal is for the daemon.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&files_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

}  // namespace

void KeptProcess::Kill() { syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0); }

KeptProcess::~KeptProcess() {
  if (pid_ < 0) return;
  Kill();
  siginfo_t info;
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

std::string KeptProcess::LastWords(absl::Duration timeout) {
  return ended_.WaitForNotificationWithTimeout(timeout) ? log_.last_line() : "";
}

ProcessKeeper::ProcessKeeper(LineSink sink)
    : sink_(std::move(sink)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { Run(); }) {}

ProcessKeeper::~ProcessKeeper() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

absl::StatusOr<std::shared_ptr<KeptProcess>> ProcessKeeper::Spawn(const SpawnRequest& request) {
  Order order{&request, absl::UnknownError(""), {}};
  {
    absl::MutexLock lock(&mutex_);
    orders_.push_back(&order);
  }
  eventfd_write(wake_.get(), 1);
  order.done.WaitForNotification();
  return std::move(order.result);
}

void ProcessKeeper::TakeOrders() {
  eventfd_t ignored;
  eventfd_read(wake_.get(), &ignored);
  std::vector<Order*> orders;
  {
    absl::MutexLock lock(&mutex_);
    orders.swap(orders_);
  }
  for (Order* order : orders) {
    order->result = Start(*order->request);
    order->done.Notify();
  }
}

absl::StatusOr<std::shared_ptr<KeptProcess>> ProcessKeeper::Start(const SpawnRequest& request) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError("make", "a pipe");
  std::shared_ptr<KeptProcess> process(new KeptProcess(request.name, sink_));
  process->stderr_ = UniqueFd(ends[0]);
  const UniqueFd write_end(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  // Duplicates above every number that the plan assigns, so that no dup2 destroys the source of another.
  const UniqueFd channel(fcntl(request.channel_fd, F_DUPFD_CLOEXEC, 16));
  const UniqueFd error_output(fcntl(write_end.get(), F_DUPFD_CLOEXEC, 16));
  if (!channel.valid() || !error_output.valid()) return ErrnoError("duplicate", "a descriptor");
  const SpawnPlan plan(channel.get(), error_output.get());
  const std::string& program = request.arguments[0];
  const int error = posix_spawn(&process->pid_, program.c_str(), &plan.files_, &plan.attributes_,
                                Pointers(request.arguments).data(), Pointers(request.environment).data());
  if (error != 0) {
    process->pid_ = -1;
    errno = error;
    return ErrnoError("start", program);
  }
  process->pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, process->pid_, 0)));
  if (!process->pidfd_.valid()) return ErrnoError("watch", program);
  reading_.emplace(process->stderr_.get(), process);
  return process;
}

void ProcessKeeper::ReadFrom(int fd) {
  const auto found = reading_.find(fd);
  std::array<char, 4096> bytes;
  const ssize_t got = read(fd, bytes.data(), bytes.size());
  if (got > 0) {
    found->second->log_.Add(absl::string_view(bytes.data(), static_cast<size_t>(got)));
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
    const std::shared_ptr<KeptProcess> process = std::move(found->second);
    reading_.erase(found);
    process->log_.Finish();
    process->ended_.Notify();
  }
}

void ProcessKeeper::Run() {
  for (;;) {
    std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}};
    for (const auto& [fd, process] : reading_) polled.push_back({fd, POLLIN, 0});
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    for (size_t i = 1; i < polled.size(); ++i) {
      if (polled[i].revents != 0) ReadFrom(polled[i].fd);
    }
    TakeOrders();
    absl::MutexLock lock(&mutex_);
    if (stopping_ && orders_.empty()) return;
  }
}

}  // namespace accord
