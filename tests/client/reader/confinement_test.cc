// What is left to a reader, tried from inside: a process of the test's own under the same filters.
#include "client/reader/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

namespace accord {
namespace {

using Attempt = bool (*)();

bool Before() { return ConfineReader().ok(); }
bool WithinTheQuery() { return ConfineReader().ok() && KeepToOneConnection().ok(); }

// Whether `attempt` succeeds in a process under `confine`.
bool Succeeds(Attempt confine, Attempt attempt) {
  const pid_t child = fork();
  if (child == 0) _exit(!confine() ? 2 : attempt() ? 0 : 1);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << "wait status " << status;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

template <int kFamily>
bool OpensSocket() {
  return UniqueFd(socket(kFamily, SOCK_STREAM | SOCK_CLOEXEC, 0)).valid();
}
bool ReadsAFile() { return UniqueFd(open("/etc/passwd", O_RDONLY | O_CLOEXEC)).valid(); }
bool WritesAFile() { return UniqueFd(open("/tmp/accord-reader-test", O_RDWR | O_CREAT | O_CLOEXEC, 0600)).valid(); }
bool Listens() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return listen(fd.get(), 1) == 0;
}
bool StartsAProcess() {
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) _exit(0);
  return child > 0;
}
bool StartsAProgram() {
  char* const arguments[] = {const_cast<char*>("/bin/true"), nullptr};
  execv(arguments[0], arguments);  // comes back only when it is denied
  return false;
}
bool TracesItsParent() { return ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr) == 0; }
bool SignalsItsParent() { return kill(getppid(), 0) == 0; }

TEST(Confinement, AReaderMayConnectAndReadBeforeTheQuery) {
  for (const Attempt attempt : {&OpensSocket<AF_UNIX>, &OpensSocket<AF_INET>, &OpensSocket<AF_INET6>, &ReadsAFile}) {
    EXPECT_TRUE(Succeeds(Before, attempt));
  }
}

TEST(Confinement, WhatNoReaderNeedsIsDeniedFromTheStart) {
  EXPECT_FALSE(Succeeds(Before, OpensSocket<AF_NETLINK>));
  EXPECT_FALSE(Succeeds(Before, OpensSocket<AF_PACKET>));
  EXPECT_FALSE(Succeeds(Before, WritesAFile));
  EXPECT_FALSE(Succeeds(Before, Listens));
  EXPECT_FALSE(Succeeds(Before, StartsAProcess));
  EXPECT_FALSE(Succeeds(Before, TracesItsParent));
}

TEST(Confinement, OnceTheQueryBeginsThereIsOneConnectionAndNothingElse) {
  EXPECT_FALSE(Succeeds(WithinTheQuery, OpensSocket<AF_INET>));
  EXPECT_FALSE(Succeeds(WithinTheQuery, OpensSocket<AF_UNIX>));
  EXPECT_FALSE(Succeeds(WithinTheQuery, ReadsAFile));
  EXPECT_FALSE(Succeeds(WithinTheQuery, SignalsItsParent));
}

// A success here would end the process with the program's own status, 0.
TEST(Confinement, NoProgramCanBeStarted) { EXPECT_FALSE(Succeeds(Before, StartsAProgram)); }

}  // namespace
}  // namespace accord
