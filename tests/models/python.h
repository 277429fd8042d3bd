// Debian's Python with PyTorch, as the people who receive a model use it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace accord {

struct PythonResult {
  int exit_code = -1;
  std::string output;  // stdout and stderr together
};

inline PythonResult RunPython(const std::string& script_path, const std::string& arguments) {
  PythonResult result;
  FILE* pipe = popen(("/usr/bin/python3 -W ignore " + script_path + " " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) result.output.append(buffer, n);
  const int state = pclose(pipe);
  if (WIFEXITED(state)) result.exit_code = WEXITSTATUS(state);
  return result;
}

// A test with a folder of its own and Python with PyTorch; skips where there is none.
class PythonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "accord-models-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    if (Python("import torch").exit_code != 0) {
      GTEST_SKIP() << "/usr/bin/python3 cannot import torch: apt-get install python3-torch";
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Runs `code` in the test's folder; its first argument is that folder.
  PythonResult Python(const std::string& code) const {
    std::ofstream(Path("script.py")) << "import os, sys\nos.chdir(sys.argv[1])\n" << code;
    return RunPython(Path("script.py"), folder_);
  }

 private:
  std::string folder_;
};

}  // namespace accord
