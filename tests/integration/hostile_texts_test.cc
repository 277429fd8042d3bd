// Texts that somebody wrote to hurt whoever reads them, through each command that takes a file: it ends by itself,
// within a gigabyte of memory, and says which file it does not take.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/integration/governed_federation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr char kLimiter[] = "/usr/bin/prlimit";  // of util-linux
constexpr char kMostMemory[] = "--as=2147483648";

struct BadText {
  const char* name;
  std::string text;
};

std::vector<BadText> BadTexts() {
  std::string laughs = "a0: &a0 lol\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&laughs, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, ", *a", i - 1, "]\n");
  }
  return {{"gigabyte", std::string(1000, '[')},
          {"nested", "data_sets: " + std::string(100'000, '[') + "\n"},
          {"anchors", laughs},
          {"duplicate", "name: heart\nname: lung\n"},
          {"not-utf8", "name: \xff\xfe\n"},
          // CYRILLIC SMALL LETTER A
          {"homoglyph", "n\xd0\xb0me: heart\n"}};
}

class HostileTexts : public GovernedFederation {
 protected:
  std::string Written(const BadText& bad) {
    std::string file = Path(absl::StrCat("hostile-", bad.name));
    EXPECT_TRUE(WriteFileAtomically(file, bad.text).ok());
    if (absl::StrContains(file, "gigabyte")) std::filesystem::resize_file(file, uintmax_t{1} << 30);
    return file;
  }
  // Exits with 1, which no signal does.
  void ExpectRefused(const std::string& program, const std::vector<std::string>& arguments, const std::string& file) {
    std::vector<std::string> argv = {"/usr/bin/env", "ACCORD_PROFILE=" + Path("bela")};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (std::filesystem::exists(kLimiter)) argv.insert(argv.end(), {kLimiter, kMostMemory});
#endif
    argv.push_back(federation_->Binary(program));
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto output = bench::RunProgram(argv, absl::Seconds(60) * kSlowdown);
    ASSERT_FALSE(output.ok()) << program << " took " << file;
    const std::string words(output.status().message());
    const size_t exited = words.find(" exited with status 1:\n");
    ASSERT_NE(exited, std::string::npos) << words;
    EXPECT_THAT(words.substr(exited), HasSubstr(file));
  }
};

TEST_F(HostileTexts, EndEachCommandThatReadsThemInWords) {
  SetUpPeople();
  ASSERT_FALSE(HasFailure());
  charter_ = SignedCharterWith({});
  const std::string config = Path("sites/" + federation_->site_name(0) + "/client.yaml"), out = Path("never");
  for (const BadText& bad : BadTexts()) {
    SCOPED_TRACE(bad.name);
    const std::string file = Written(bad);
    ExpectRefused("accord", {"charter", "show", file}, file);
    ExpectRefused("accord", {"charter", "sign", file, "-o", out}, file);
    ExpectRefused("accord", {"job", "validate", file}, file);
    ExpectRefused("accord", {"policy", "check", file, "--charter", charter_, "--site", "site-1"}, file);
    ExpectRefused("accord", {"order", "show", file}, file);
    ExpectRefused("accord", {"release", "show", file, "--charter", charter_, "--roster", Path("roster")}, file);
    ExpectRefused("accord", {"audit", "refusal", file, "--roster", Path("roster")}, file);
    ExpectRefused("accord-client", {"charter", "pin", file, "--config", config}, file);
    ExpectRefused("accord-client", {"roster", "pin", file, "--replace", "--config", config}, file);
    EXPECT_FALSE(std::filesystem::exists(out));
  }
}

}  // namespace
}  // namespace accord
