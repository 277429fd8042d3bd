// A disk without room, also for root.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <cstdint>

namespace accord {

// No file of this process can grow beyond `size`.
class FullDisk {
 public:
  explicit FullDisk(uint64_t size) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {size, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_ = {};
};

}  // namespace accord
