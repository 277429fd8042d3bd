#include "client/daemon/secure/evidence_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

size_t NumFiles(const std::string& folder) {
  return static_cast<size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(EvidenceFiles, OfAJobTheFirstOnesAreKeptHoweverOftenSomebodyLies) {
  const TemporaryFolder folder;
  EvidenceFiles of_one(folder.Path("evidence"));
  const auto first = of_one.Keep("the first lie");
  ASSERT_TRUE(first.ok()) << first.status();
  for (int i = 0; i < 100; ++i) {
    const auto kept = of_one.Keep(absl::StrCat("lie ", i));
    EXPECT_THAT(kept.ok() ? "convict whoever lied" : std::string(kept.status().message()),
                HasSubstr("convict whoever lied"));
  }
  EXPECT_EQ(NumFiles(folder.Path("evidence")), EvidenceFiles::kMostOfJob);
  EXPECT_EQ(ReadFile(*first).value(), "the first lie");
  EvidenceFiles of_another(folder.Path("evidence"));
  EXPECT_TRUE(of_another.Keep("of another job").ok());
}

TEST(EvidenceFiles, TheFolderTakesOnlySoManyWhateverJobsTheyAreOf) {
  const TemporaryFolder folder;
  for (size_t i = 0; i < EvidenceFiles::kMost; ++i) std::ofstream(folder.Path(absl::StrCat(i, ".evidence")));
  EXPECT_TRUE(absl::IsResourceExhausted(EvidenceFiles(folder.path()).Keep("a lie").status()));
  std::filesystem::rename(folder.Path("7.evidence"), folder.Path("7.log-head"));
  EXPECT_TRUE(EvidenceFiles(folder.path()).Keep("a lie").ok()) << "what is of another kind takes no room";
}

}  // namespace
}  // namespace accord
