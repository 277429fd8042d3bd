#include "coordinator/engine/findings.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/roster/example_roster.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

secure::Evidence Proof(absl::string_view claim) {
  secure::Evidence evidence;
  evidence.witness = "coordinator";
  evidence.claim = std::string(claim);
  return evidence;
}

class FindingsTest : public ::testing::Test {
 protected:
  std::ptrdiff_t NumFiles() const {
    if (!std::filesystem::exists(folder_.Path("evidence"))) return 0;
    return std::distance(std::filesystem::directory_iterator(folder_.Path("evidence")), {});
  }

  TemporaryFolder folder_;
  const Roster roster_ = FourHospitals().Listed();
  Findings findings_{"job-1", folder_.Path("evidence")};
};

TEST_F(FindingsTest, LineNamesTheFileThatProvesIt) {
  const secure::Evidence proof = Proof("signed two sets");
  findings_.Add("va: signed two sets", &proof, roster_);
  findings_.Add("va: says nothing", nullptr, roster_);
  EXPECT_THAT(findings_.lines(), ElementsAre(StartsWith("va: signed two sets; "), "va: says nothing"));
  const std::filesystem::path file = std::filesystem::directory_iterator(folder_.Path("evidence"))->path();
  EXPECT_THAT(findings_.lines()[0], HasSubstr(absl::StrCat("evidence/", file.filename().string())));
  const auto kept = secure::ParseEvidence(ReadFile(file.string()).value());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->evidence, proof);
  EXPECT_EQ(kept->roster_bytes, roster_.bytes());
}

TEST_F(FindingsTest, LieThatIsToldAgainInOtherBytesIsKeptOnce) {
  for (int i = 0; i < 3; ++i) {
    const secure::Evidence proof = Proof(absl::StrCat("the same, number ", i));
    findings_.Add("va: signed two sets", &proof, roster_);
  }
  EXPECT_EQ(findings_.lines().size(), 1u);
  EXPECT_EQ(NumFiles(), 1);
}

TEST_F(FindingsTest, AttemptHasItsOwnLinesAndTheJobItsOwnNumberOfFiles) {
  for (size_t i = 0; i < Findings::kMaxFiles + 2; ++i) {
    const secure::Evidence proof = Proof(absl::StrCat("attempt ", i));
    findings_.Add("va: signed two sets", &proof, roster_);
    ASSERT_EQ(findings_.lines().size(), 1u);
    const bool last = i >= Findings::kMaxFiles;
    EXPECT_THAT(findings_.lines()[0], HasSubstr(last ? "no more evidence of this job is kept" : "evidence/"));
    findings_.StartAgain();
    EXPECT_THAT(findings_.lines(), IsEmpty());
  }
  EXPECT_EQ(NumFiles(), static_cast<std::ptrdiff_t>(Findings::kMaxFiles));
}

TEST_F(FindingsTest, LinesOfOneAttemptAreBounded) {
  for (size_t i = 0; i < 2 * Findings::kMaxLines; ++i) findings_.Add(absl::StrCat("lie ", i), nullptr, roster_);
  EXPECT_EQ(findings_.lines().size(), Findings::kMaxLines);
}

TEST_F(FindingsTest, EvidenceThatCannotBeWrittenIsSaidToBeLost) {
  ASSERT_TRUE(WriteFileAtomically(folder_.Path("evidence"), "a file in the folder's place").ok());
  const secure::Evidence proof = Proof("signed two sets");
  findings_.Add("va: signed two sets", &proof, roster_);
  EXPECT_THAT(findings_.lines(), ElementsAre(HasSubstr("could not be kept: ")));
}

}  // namespace
}  // namespace accord
