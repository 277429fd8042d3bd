// What proves that a site lied to the coordinator is kept, and the report names it.
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/verdict.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/secure_drill.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

// Three real sites of the secure sum, one of which lies as the test says.
class EvidenceOfALie : public SecureDrill {
 protected:
  EvidenceOfALie() : SecureDrill(3, 3) {}
};

TEST_F(EvidenceOfALie, IsAFileThatProvesItAndThatTheReportNames) {
  const std::string job = engineer_->SubmitDrill(spec_);
  Connect(sites_.All());
  Collect(sites_.All());
  for (const size_t i : sites_.All()) Await(i, v1::CoordinatorMessage::kSurvivors);
  sites_.Sign(attempt_, sites_.All(), {0});
  SendStatement(0, attempt_.statements.at(0));
  secure::SurvivorStatement other = secure::ParseSurvivorStatement(attempt_.statements.at(0).bytes).value();
  other.set.survivors_hash[0] ^= 1;
  SendStatement(0, secure::Sign(other, sites_[0].signer()).value());
  // With three sites all must sign, and a convicted one does not count: the attempt is dead.
  Await(1, v1::CoordinatorMessage::kVoidRequest);

  const v1::JobReport report = Report(job);
  ASSERT_EQ(report.rounds_size(), 1);
  ASSERT_EQ(report.rounds(0).findings_size(), 1);
  const std::string finding = report.rounds(0).findings(0);
  EXPECT_THAT(finding, HasSubstr(sites_[0].name()));
  const std::filesystem::directory_iterator files(absl::StrCat(coordinator_.state_dir(), "/evidence"));
  EXPECT_THAT(finding, HasSubstr(absl::StrCat("evidence/", files->path().filename().string())));
  const auto verdict = secure::CheckEvidence(ReadFile(files->path().string()).value());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->claimed, secure::EvidenceKind::kTwoSurvivorSets);
  EXPECT_TRUE(verdict->claim_holds);
  EXPECT_EQ(verdict->roster_hash, sites_.roster()->hash());
}

}  // namespace
}  // namespace accord
