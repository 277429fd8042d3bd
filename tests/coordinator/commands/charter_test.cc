// accord-coordinator charter: what the operator publishes and sees.
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "coordinator/commands/commands.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CharterCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    ::testing::internal::CaptureStdout();
    const absl::Status made = RunInit({folder_.Path("coordinator"), {}, "127.0.0.1:0"});
    ::testing::internal::GetCapturedStdout();
    ASSERT_TRUE(made.ok()) << made;
    options_.config = folder_.Path("coordinator/coordinator.yaml");
    options_.file = folder_.Path("charter.signed");
  }
  absl::Status PublishRoster(const SignedRoster& roster) {
    RosterOptions options;
    options.config = options_.config;
    options.files = {folder_.Path("roster")};
    EXPECT_TRUE(WriteFileAtomically(options.files[0], roster.Text()).ok());
    out_.str("");
    return accord::PublishRoster(options, out_);
  }
  absl::Status Publish(const SignedCharter& charter) {
    EXPECT_TRUE(WriteFileAtomically(options_.file, charter.Text()).ok());
    out_.str("");
    return PublishCharter(options_, out_);
  }
  absl::Status Show() {
    out_.str("");
    return ShowPublishedCharter(options_, out_);
  }
  std::string Output() const { return out_.str(); }

  ExampleFederation federation_;
  TemporaryFolder folder_;
  CharterOptions options_;
  std::ostringstream out_;
};

TEST_F(CharterCommands, PublishesAndShowsWhileTheCoordinatorRuns) {
  const auto running = Store::Open(folder_.Path("coordinator/state"));
  ASSERT_TRUE(running.ok()) << running.status();
  EXPECT_EQ(Show().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(PublishRoster(federation_.sites().SignedByAll()).ok());
  const SignedCharter charter = federation_.SignedByAll(federation_.Written());
  const absl::Status published = Publish(charter);
  ASSERT_TRUE(published.ok()) << published;
  const std::string in_force =
      absl::StrCat("in force: heart-network, version 1, hash ", HexDigest(charter.charter()->hash()), "\n");
  EXPECT_THAT(Output(), HasSubstr(in_force));
  EXPECT_THAT(Output(), HasSubstr("a job needs an order"));
  ASSERT_TRUE(Show().ok());
  EXPECT_THAT(Output(), HasSubstr(in_force));
  EXPECT_THAT(Output(), HasSubstr("risk-of-disease"));
  EXPECT_THAT(Output(), Not(HasSubstr("NO JOB RUNS")));
  EXPECT_EQ((*(*running)->charters().Latest())->file->Text(), charter.Text());
}

TEST_F(CharterCommands, WantsARosterAndTheSignaturesThatTheCharterNeeds) {
  SignedCharter charter = federation_.SignedByAll(federation_.Written());
  EXPECT_THAT(std::string(Publish(charter).message()), HasSubstr("no roster is in force"));
  ASSERT_TRUE(PublishRoster(federation_.sites().SignedByAll()).ok());
  charter.Drop("person/dora");
  const absl::Status lacking = Publish(charter);
  EXPECT_EQ(lacking.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(lacking.message()), HasSubstr("ombudsman"));
  options_.file = folder_.Path("nothing");
  EXPECT_FALSE(PublishCharter(options_, out_).ok());
}

TEST_F(CharterCommands, AnAmendmentSaysWhatBecomesOfJobsUnderTheVersionBefore) {
  ASSERT_TRUE(PublishRoster(federation_.sites().SignedByAll()).ok());
  const SignedCharter first = federation_.SignedByAll(federation_.Written());
  ASSERT_TRUE(Publish(first).ok());
  SignedCharter second = federation_.SignedByAll(federation_.Written(
      {{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(first.charter()->hash()), "\n")}}));
  federation_.SignAs(second, "clara");
  const absl::Status published = Publish(second);
  ASSERT_TRUE(published.ok()) << published;
  EXPECT_THAT(Output(), HasSubstr("Jobs that wait or run under heart-network, version 1 end"));
}

TEST_F(CharterCommands, ARosterUnderWhichTheCharterLacksSignaturesIsWarnedOf) {
  ASSERT_TRUE(PublishRoster(federation_.sites().SignedByAll()).ok());
  ASSERT_TRUE(Publish(federation_.SignedByAll(federation_.Written())).ok());
  // The same names with other keys.
  const absl::Status published = PublishRoster(FourHospitals().SignedByAll());
  ASSERT_TRUE(published.ok()) << published;
  EXPECT_THAT(Output(), HasSubstr("warning: no job runs under the charter any more"));
  ASSERT_TRUE(Show().ok());
  EXPECT_THAT(Output(), HasSubstr("NO JOB RUNS UNDER IT"));
}

}  // namespace
}  // namespace accord
