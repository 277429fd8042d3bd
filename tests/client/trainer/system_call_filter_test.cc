// What a trainer's system calls get where its site offers a GPU, tried in a process of its own.
#include "client/trainer/confine/system_call_filter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace accord::system_call_filter_test {
namespace {

// What each attempt of CUDA's library came to: 0, or its error.
struct Seen {
  int names_a_thread = 0, listens = 0, calls = 0, links_in_dev = 0;
  int makes_a_file = 0, makes_an_ordinary_socket = 0, links_elsewhere = 0;
  bool name_changed = false, is_a_socket = false;
};

int ErrorOf(long result) { return result >= 0 ? 0 : errno; }

Seen Try() {
  Seen seen;
  prctl(PR_SET_NAME, "before");
  const std::string comm = absl::StrCat("/proc/self/task/", syscall(SYS_gettid), "/comm");
  const int name = open(comm.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  seen.names_a_thread = ErrorOf(name);
  if (name >= 0 && write(name, "after", 5) != 5) seen.names_a_thread = errno;
  char now[16] = {};
  prctl(PR_GET_NAME, now);
  seen.name_changed = std::strcmp(now, "before") != 0;

  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  seen.listens = ErrorOf(listener);
  if (listener >= 0) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    seen.listens = ErrorOf(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address));
    if (seen.listens == 0) seen.listens = ErrorOf(listen(listener, 1));
    seen.calls = ErrorOf(connect(listener, reinterpret_cast<sockaddr*>(&address), sizeof address));
    int type = 0;
    socklen_t size = sizeof type;
    seen.is_a_socket = getsockopt(listener, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  }
  seen.links_in_dev = ErrorOf(symlink("../nvidia0", "/dev/char/195:0"));
  seen.links_elsewhere = ErrorOf(symlink("rows", "/tmp/accord-link-of-a-test"));
  seen.makes_a_file = ErrorOf(open("/proc/self/comm", O_WRONLY | O_CREAT | O_TRUNC, 0666));
  seen.makes_an_ordinary_socket = ErrorOf(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return seen;
}

Seen TryBehindTheFilter(bool gpu) {
  Seen seen;
  int ends[2];
  if (pipe(ends) != 0) return seen;
  const pid_t child = fork();
  if (child == 0) {
    if (!InstallSystemCallFilter(gpu).ok()) _exit(1);
    seen = Try();
    _exit(write(ends[1], &seen, sizeof seen) == sizeof seen ? 0 : 1);
  }
  close(ends[1]);
  EXPECT_EQ(read(ends[0], &seen, sizeof seen), static_cast<ssize_t>(sizeof seen));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return seen;
}

TEST(SystemCallFilter, WithAGpuItsLibraryIsAnsweredAndGetsNothing) {
  const Seen seen = TryBehindTheFilter(/*gpu=*/true);
  EXPECT_EQ(seen.names_a_thread, 0);
  EXPECT_FALSE(seen.name_changed);
  EXPECT_EQ(seen.listens, 0);
  EXPECT_FALSE(seen.is_a_socket);
  EXPECT_EQ(seen.calls, ECONNREFUSED);
  EXPECT_EQ(seen.links_in_dev, EROFS);
  EXPECT_EQ(seen.makes_a_file, EACCES);
  EXPECT_EQ(seen.makes_an_ordinary_socket, EACCES);
  EXPECT_EQ(seen.links_elsewhere, EACCES);
}

TEST(SystemCallFilter, WithoutAGpuAllThatIsRefused) {
  const Seen seen = TryBehindTheFilter(/*gpu=*/false);
  for (const int error : {seen.names_a_thread, seen.listens, seen.links_in_dev, seen.makes_a_file,
                          seen.makes_an_ordinary_socket, seen.links_elsewhere}) {
    EXPECT_EQ(error, EACCES);
  }
  EXPECT_FALSE(seen.name_changed);
}

}  // namespace
}  // namespace accord::system_call_filter_test
