// Runs the tests of one program in a temporary folder of their own (testing::TempDir()), which goes with the process:
// tests that run beside each other cannot meet in a file of the same name.
//
// ACCORD_TEST_LIMIT_S=N in the environment ends the program when one test takes longer than N seconds: its name is then
// the last on the output.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "gmock/gmock.h"

namespace {

// By the alarm of the process, which no test uses and no child inherits.
class LimitOfATest : public testing::EmptyTestEventListener {
 public:
  explicit LimitOfATest(unsigned seconds) : seconds_(seconds) {}
  void OnTestStart(const testing::TestInfo&) override { alarm(seconds_); }
  void OnTestEnd(const testing::TestInfo&) override { alarm(0); }

 private:
  const unsigned seconds_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  std::string folder = testing::TempDir() + "accord-test-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr || setenv("TEST_TMPDIR", folder.c_str(), 1) != 0) {
    std::perror("cannot make a temporary folder for the tests");
    return 1;
  }
  if (const char* seconds = std::getenv("ACCORD_TEST_LIMIT_S")) {
    testing::UnitTest::GetInstance()->listeners().Append(new LimitOfATest(static_cast<unsigned>(std::atoi(seconds))));
  }
  const int result = RUN_ALL_TESTS();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return result;
}
