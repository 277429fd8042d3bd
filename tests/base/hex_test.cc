#include "base/hex.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

TEST(ParseHex, ReadsEveryByteInEitherCase) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::string digits = absl::BytesToHexString(every);
  EXPECT_EQ(ParseHex(digits).value(), every);
  EXPECT_EQ(ParseHex(absl::AsciiStrToUpper(digits)).value(), every);
  EXPECT_EQ(ParseHex("").value(), "");
}

TEST(ParseHex, RefusesWhatIsNotPairsOfDigits) {
  for (const char* bad : {"0", "abc", "0x00", "0g", "g0", "/0", "0:", "@a", "a`", "G0", " 00 ", "0\xe9"}) {
    EXPECT_EQ(ParseHex(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace accord
