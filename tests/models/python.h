// Debian's Python with PyTorch, as the people who receive a model use it.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace accord {

struct PythonResult {
  int exit_code = -1;
  std::string output;  // stdout and stderr together
};

// A test with a folder of its own and Python with PyTorch; skips where there is none.
class PythonTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Read(const std::string& name) const;
  // Runs `code` in the test's folder.
  PythonResult Python(const std::string& code) const;

 private:
  std::string folder_;
};

}  // namespace accord
