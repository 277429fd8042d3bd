// A trainer that speaks the daemon's protocol and then misbehaves: how is in the first bytes of the job's name. A
// program of the tests only.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "client/ipc/channel.h"
#include "client/trainer/confine/limits.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {
namespace {

void SendReady(IpcChannel& channel) {
  v1::TrainerMessage ready;
  ready.mutable_ready();
  channel.Send(ready).IgnoreError();
}

void SendProgress(IpcChannel& channel, uint64_t done) {
  v1::TrainerMessage progress;
  progress.mutable_progress()->set_done(done);
  progress.mutable_progress()->set_total(100);
  channel.Send(progress).IgnoreError();
}

void TakeAllMemory() {
  std::vector<std::vector<char>> blocks;
  for (;;) blocks.emplace_back(size_t{64} << 20, 'x');
}

void Misbehave(const std::string& how, IpcChannel& channel, std::vector<UniqueFd>& descriptors) {
  v1::TrainerMessage answer;
  answer.mutable_computed()->set_train_rows(7);
  if (how == "crash") std::abort();
  if (how == "silent") pause();
  if (how == "repeats-itself") {
    for (;;) {
      SendProgress(channel, 1);
      usleep(1000);
    }
  }
  if (how == "memory") {
    try {
      TakeAllMemory();
    } catch (const std::bad_alloc&) {
      answer.mutable_failed()->set_reason("the trainer ran out of memory");
      answer.mutable_failed()->set_permanent(true);
    }
  }
  if (how == "garbage") {
    const char bytes[] = "\0\xff\xff\xff\xff no message";
    if (write(channel.fd(), bytes, sizeof(bytes)) < 0) _exit(9);
    pause();
  }
  if (how == "tells-rows") {
    for (int i = 0; i < 100'000; ++i) answer.mutable_failed()->mutable_reason()->append("ROW 4711\n\x1b");
    answer.mutable_failed()->set_permanent(true);
  }
  if (how == "shrink" && ftruncate(descriptors[1].get(), 0) == 0) answer.mutable_computed()->set_train_rows(666);
  if (how == "overwrite-model") {
    void* model = mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[0].get(), 0);
    if (model != MAP_FAILED) answer.mutable_computed()->set_train_rows(666);
  }
  SendProgress(channel, 99);
  channel.Send(answer).IgnoreError();
}

// The first job is served in this same process: a warm process that cannot fork is faulty too.
int Serve(int channel_fd, uint64_t memory_mib) {
  if (!LimitResources(memory_mib).ok()) return 1;
  IpcChannel warm{UniqueFd(channel_fd)};
  IpcChannel job{UniqueFd()};
  std::string how;
  for (;;) {
    IpcChannel& channel = job.fd() >= 0 ? job : warm;
    v1::DaemonMessage message;
    std::vector<UniqueFd> descriptors;
    if (!channel.Receive(message, descriptors, absl::InfiniteDuration()).ok()) return 0;
    if (message.has_fork()) {
      SendReady(warm);
      job = IpcChannel(std::move(descriptors[0]));
    } else if (message.has_compute()) {
      Misbehave(how, channel, descriptors);
    } else {
      if (message.has_load_job()) how = message.load_job().spec().name();
      if (message.has_prepare()) {
        const char line[] = "hello from \x1b[31mthe trainer\n";
        if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0) return 1;
      }
      SendReady(channel);
    }
  }
}

}  // namespace
}  // namespace accord

// Arguments as of accord-trainer: serve --channel-fd N --memory-mib M.
int main(int argc, char** argv) {
  return argc == 6 ? accord::Serve(std::atoi(argv[3]), std::strtoull(argv[5], nullptr, 10)) : 2;
}
