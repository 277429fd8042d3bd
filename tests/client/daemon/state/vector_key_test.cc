#include "client/daemon/state/vector_key.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

std::string NewPath(const std::string& name) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::filesystem::remove(path);
  return path;
}

TEST(VectorKeyTest, IsMadeOnceForItsOwnerAndStaysTheSame) {
  const std::string path = NewPath("vector-key");
  const auto first = LoadVectorKey(path);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->size(), 32u);
  struct stat about = {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  const auto again = LoadVectorKey(path);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->EqualsConstantTime(first->Reveal()));
  const auto other = LoadVectorKey(NewPath("other-vector-key"));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_FALSE(other->EqualsConstantTime(first->Reveal()));
}

TEST(VectorKeyTest, AFileThatHoldsNoKeyIsNamedAndLeftAlone) {
  const std::string path = NewPath("damaged-vector-key");
  for (const std::string& content : {std::string(), std::string(31, 'x'), std::string(33, 'x')}) {
    ASSERT_TRUE(WriteFileAtomically(path, content).ok());
    const auto key = LoadVectorKey(path);
    EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition) << content.size();
    EXPECT_THAT(std::string(key.status().message()), ::testing::HasSubstr(path));
    EXPECT_EQ(*ReadFile(path), content);
  }
}

}  // namespace
}  // namespace accord
