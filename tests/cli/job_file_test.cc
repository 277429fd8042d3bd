#include "cli/operations/job_file.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_replace.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "cli/governance/statement_files.h"
#include "cli/operations/submission.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class JobFileTest : public CliTest {
 protected:
  std::string ModelsJob() {
    return WriteFile("job.yaml",
                     absl::StrReplaceAll(SmallJobYaml(), {{"model: {logistic_regression: {}}",
                                                           "model: {torchscript: {file: net.pt}, start_from: {file: "
                                                           "earlier.bin}}"}}));
  }
};

TEST_F(JobFileTest, ItsModelIsNamedByHashesAndNotRead) {
  const std::string job = ModelsJob();
  WriteFile("net.pt", "no TorchScript at all");
  WriteFile("earlier.bin", "seven b");
  const auto spec = ReadNamedJob(job);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->model().torchscript().sha256(), Sha256Hex("no TorchScript at all"));
  EXPECT_EQ(spec->model().start_from().model_digest(), HexDigest(ContentDigest("seven b")));
  EXPECT_EQ(ReadOrderedJob(job)->bytes, *JobBytes(*spec));
  EXPECT_EQ(Run({"job", "validate", job}), kExitFailed);
}

TEST_F(JobFileTest, EveryFileThatIsMissingIsTold) {
  const auto spec = ReadNamedJob(ModelsJob());
  EXPECT_EQ(spec.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(spec.status().message()),
              AllOf(HasSubstr("model.torchscript.file: "), HasSubstr("net.pt"),
                    HasSubstr("\n" + Path("job.yaml") + ": model.start_from.file: "), HasSubstr("earlier.bin")));
}

TEST_F(JobFileTest, WhatNeverEndsIsNotRead) {
  const std::string job = ModelsJob();
  WriteFile("net.pt", "no TorchScript at all");
  std::filesystem::create_symlink("/dev/zero", Path("earlier.bin"));
  EXPECT_THAT(std::string(ReadNamedJob(job).status().message()), HasSubstr("earlier.bin is no regular file"));
}

// What an approver reads is what the engineer sends.
TEST_F(JobFileTest, GivesTheBytesThatASubmissionHas) {
  const std::string job =
      WriteFile("job.yaml", absl::StrReplaceAll(SmallJobYaml(), {{"model: {logistic_regression: {}}",
                                                                  "model: {logistic_regression: {}, start_from: {file: "
                                                                  "earlier.bin}}"}}));
  WriteFile("earlier.bin", std::string(3 * sizeof(float), '\0'));
  const auto submission = PrepareSubmission(job);
  ASSERT_TRUE(submission.ok()) << submission.status();
  EXPECT_EQ(ReadOrderedJob(job)->bytes, submission->open.job_spec());
}

}  // namespace
}  // namespace accord
