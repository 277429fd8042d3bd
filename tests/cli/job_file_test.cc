#include "cli/operations/job_file.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "cli/governance/statement_files.h"
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
  const auto file = ReadJobFile(job);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->spec.model().torchscript().sha256(), Sha256Hex("no TorchScript at all"));
  EXPECT_EQ(file->spec.model().start_from().model_digest(), HexDigest(ContentDigest("seven b")));
  EXPECT_EQ(file->torchscript, "no TorchScript at all");
  EXPECT_EQ(file->parameters, "seven b");
  EXPECT_EQ(ReadOrderedJob(job)->bytes, *JobBytes(file->spec));
  EXPECT_EQ(Run({"job", "validate", job}), kExitFailed);
}

TEST_F(JobFileTest, EveryFileThatIsMissingIsTold) {
  const auto file = ReadJobFile(ModelsJob());
  EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(file.status().message()),
              AllOf(HasSubstr("model.torchscript.file: "), HasSubstr("net.pt"),
                    HasSubstr("\n" + Path("job.yaml") + ": model.start_from.file: "), HasSubstr("earlier.bin")));
}

}  // namespace
}  // namespace accord
