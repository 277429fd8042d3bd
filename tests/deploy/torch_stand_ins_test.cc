// cmake/torch_stand_ins.sh where LibTorch is another one than here: its `nm` says what that one would have.
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "bench/federation/process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

class TorchStandIns : public ::testing::Test {
 protected:
  // What the script says, with an `nm` that answers `defined` for the symbols that a library has; empty: the real one.
  std::string Make(const std::string& program, const std::string& defined) {
    const std::string nm = folder_.Write("nm", absl::StrCat("#!/bin/sh\ncase \" $* \" in *--defined-only*) ", defined,
                                                            ";; esac\nexec /usr/bin/nm \"$@\"\n"));
    std::filesystem::permissions(nm, std::filesystem::perms::owner_all);
    const auto ran = bench::RunProgram({"/usr/bin/env", absl::StrCat("PATH=", folder_.path(), ":/usr/bin:/bin"), "bash",
                                        ACCORD_SOURCE_DIR "/cmake/torch_stand_ins.sh", program, Made()},
                                       absl::Seconds(60));
    EXPECT_TRUE(ran.ok()) << "a build would end here: " << ran.status();
    return ran.value_or("");
  }
  std::string Made() const { return absl::StrCat(folder_.path(), "/made"); }
  // Without stand-ins beside it.
  std::string Trainer() {
    const std::string copy = absl::StrCat(folder_.path(), "/trainer");
    std::filesystem::copy_file(ACCORD_BINARY_DIR "/accord-trainer", copy,
                               std::filesystem::copy_options::overwrite_existing);
    return copy;
  }

  TemporaryFolder folder_;
};

TEST_F(TorchStandIns, AreNoneWhereLibTorchUsesAllThatItNames) {
  std::filesystem::create_directories(Made());
  EXPECT_EQ(Make(Trainer(), "echo '0 T memcpy@GLIBC_2.14'; exit"), "");
  EXPECT_FALSE(std::filesystem::exists(Made())) << "of an earlier build";
}

TEST_F(TorchStandIns, AreNoneOfALibraryWhoseSymbolsAreMissedAfterAll) {
  // With what the loader misses first: a symbol, or its version.
  EXPECT_THAT(Make(Trainer(), "exit"),
              testing::ContainsRegex("loads all that LibTorch names: .*(undefined symbol|no version information)"));
  EXPECT_FALSE(std::filesystem::exists(Made()));
}

TEST_F(TorchStandIns, AreNoneOfAProgramWithoutLibTorch) {
  EXPECT_EQ(Make(ACCORD_BINARY_DIR "/accord-coordinator", "exit"), "");
  EXPECT_FALSE(std::filesystem::exists(Made()));
}

}  // namespace
}  // namespace accord
