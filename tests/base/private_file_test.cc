#include "base/private_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class PrivateFileTest : public ::testing::Test {
 protected:
  std::string Write(absl::string_view content, int mode) {
    const std::string path = ::testing::TempDir() + "/private";
    EXPECT_TRUE(WriteFileAtomically(path, content, mode, Durability::kVisible).ok());
    return path;
  }
};

TEST_F(PrivateFileTest, GivesWhatOnlyTheOwnerCanRead) {
  const auto file = ReadPrivateFile(Write("1234\n", 0600), 100);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->content.RevealAsText(), "1234\n");
  EXPECT_TRUE(ReadPrivateFile(Write("", 0400), 100)->content.empty());
}

TEST_F(PrivateFileTest, RefusesWhatOthersCanReadWriteOrRunAndSaysWhatToDo) {
  for (const int mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
    const std::string path = Write("1234", mode);
    ASSERT_EQ(chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
    const auto file = ReadPrivateFile(path, 100);
    EXPECT_EQ(file.status().code(), absl::StatusCode::kFailedPrecondition) << mode;
    EXPECT_THAT(std::string(file.status().message()), HasSubstr("chmod 600 " + path));
  }
}

TEST_F(PrivateFileTest, RefusesWhatIsMissingTooLongOrNoFile) {
  EXPECT_EQ(ReadPrivateFile(::testing::TempDir() + "/none", 100).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadPrivateFile(Write("12345", 0600), 4).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(ReadPrivateFile(Write("1234", 0600), 4).ok());
  EXPECT_EQ(ReadPrivateFile(::testing::TempDir(), 1 << 20).status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string pipe = ::testing::TempDir() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadPrivateFile(pipe, 100).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PrivateFileTest, TheVersionStaysUntilTheFileIsWrittenAnew) {
  const std::string first = ReadPrivateFile(Write("1234", 0600), 100)->version;
  EXPECT_EQ(ReadPrivateFile(::testing::TempDir() + "/private", 100)->version, first);
  EXPECT_NE(ReadPrivateFile(Write("1234", 0600), 100)->version, first);
}

}  // namespace
}  // namespace accord
