// What is said of the place for tables that are larger than memory.
#include "client/daemon/run/scratch_finding.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace accord {
namespace {

using ::testing::HasSubstr;

v1::SiteConfig ScratchConfig(uint64_t max_mib, const std::string& folder) {
  v1::SiteConfig config;
  config.set_state_dir(ACCORD_BINARY_DIR);
  config.mutable_sandbox()->set_max_scratch_mib(max_mib);
  config.mutable_sandbox()->set_scratch_dir(folder);
  return config;
}

TEST(ScratchFinding, TellsHowMuchThereIsAndWhere) {
  const Finding finding = ExamineScratch(ScratchConfig(100, ""));
  EXPECT_EQ(finding.level, Finding::Level::kFine) << finding.text;
  EXPECT_THAT(finding.text, HasSubstr("100 MiB of the disk in " ACCORD_BINARY_DIR));
  EXPECT_THAT(ExamineScratch(ScratchConfig(0, "")).text, HasSubstr("must fit in memory"));
}

TEST(ScratchFinding, NeverPromisesMoreThanTheDiskHasToSpare) {
  const Finding finding = ExamineScratch(ScratchConfig(uint64_t{1} << 24, ""));
  EXPECT_EQ(finding.level, Finding::Level::kFine) << finding.text;
  EXPECT_THAT(finding.text, ::testing::Not(HasSubstr("16777216 MiB")));
}

TEST(ScratchFinding, WarnsOfAFolderThatCannotHoldOne) {
  const Finding absent = ExamineScratch(ScratchConfig(100, "/nowhere/at/all"));
  EXPECT_EQ(absent.level, Finding::Level::kWarning);
  EXPECT_THAT(absent.text, HasSubstr("/nowhere/at/all"));
  if (!std::filesystem::is_directory("/dev/shm")) GTEST_SKIP() << "no /dev/shm here, which is a folder in memory";
  const Finding memory = ExamineScratch(ScratchConfig(100, "/dev/shm"));
  EXPECT_EQ(memory.level, Finding::Level::kWarning);
  EXPECT_THAT(memory.text, HasSubstr("in memory (tmpfs)"));
}

}  // namespace
}  // namespace accord
