#include "client/signer/pin_file.h"

#include <string>

#include "absl/strings/string_view.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PinFileTest : public ::testing::Test {
 protected:
  void SetUp() override { Write("horse battery"); }
  void Write(const std::string& content) {
    ASSERT_TRUE(WriteFileAtomically(path_, content, 0600, Durability::kVisible).ok());
  }
  absl::StatusOr<PinFile> Read() { return PinFile::Read(path_, memory_); }
  const std::string path_ = ::testing::TempDir() + "/pin";
  const std::string memory_ = ::testing::TempDir() + "/pin-refused";
};

TEST_F(PinFileTest, HoldsOneLineWithOrWithoutItsEnd) {
  for (const std::string end : {"", "\n", "\r\n"}) {
    Write("12 34" + end);
    const auto file = Read();
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(absl::string_view(reinterpret_cast<const char*>(file->pin().data()), file->pin().size()), "12 34");
  }
  Write(std::string(255, '1') + "\n");
  EXPECT_TRUE(Read().ok());
}

TEST_F(PinFileTest, RefusesWhatIsNoPinWithoutRepeatingIt) {
  for (const std::string& content : {std::string(), std::string("\n"), std::string("horse\nbattery"),
                                     std::string("horse\0battery", 13), std::string(256, '1'), std::string(400, '1')}) {
    Write(content);
    EXPECT_FALSE(Read().ok());
    EXPECT_THAT(std::string(Read().status().message()), AllOf(Not(HasSubstr("horse")), Not(HasSubstr("1111"))));
  }
}

TEST_F(PinFileTest, RemembersARefusalUntilTheFileIsWrittenAnew) {
  ASSERT_TRUE(Read()->RememberRefusal().ok());
  EXPECT_EQ(Read().status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(*ReadFile(memory_), Not(HasSubstr("horse battery")));
  Write("horse battery");  // even the same one: somebody has looked at it
  const auto file = Read();
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->RememberRefusal().ok());
  file->ForgetRefusal();
  EXPECT_TRUE(Read().ok());
}

}  // namespace
}  // namespace accord
