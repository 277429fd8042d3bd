// A file without a name on a disk, as the daemon hands one to a trainer.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/file.h"

namespace accord {

class TestScratchFile {
 public:
  // Beside the programs: the folder for temporary files may be in memory.
  explicit TestScratchFile(uint64_t size) {
    std::string name = ACCORD_BINARY_DIR "/scratch-XXXXXX";
    fd_ = UniqueFd(mkostemp(name.data(), O_CLOEXEC));
    EXPECT_TRUE(fd_.valid());
    unlink(name.c_str());
    EXPECT_EQ(ftruncate(fd_.get(), static_cast<off_t>(size)), 0);
  }
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace accord
