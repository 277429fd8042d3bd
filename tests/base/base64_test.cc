#include "base/base64.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

TEST(Base64, ReadsWhatIsWritten) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(*ParseBase64(absl::Base64Escape(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64, HasOneSpelling) {
  EXPECT_EQ(*ParseBase64("YQ=="), "a");
  for (const char* other : {"YQ", "YQ=", "YR==", "YQ ==", " YQ==", "YQ==\n", "YQ===", "Y", "Y*==", "_-8="}) {
    EXPECT_EQ(ParseBase64(other).status().code(), absl::StatusCode::kInvalidArgument) << other;
  }
}

}  // namespace
}  // namespace accord
