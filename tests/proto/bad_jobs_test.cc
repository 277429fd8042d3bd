// Job files with a fault each: what the engineer reads names its line, its field, what was expected and what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/file.h"
#include "proto/validation/job_validation.h"
#include "tests/bad_inputs/bad_inputs.h"

namespace accord {
namespace {

TEST(BadJobs, EachIsRefusedInItsWords) {
  const std::vector<BadInput> jobs = BadInputs("jobs", "# expected: ");
  EXPECT_GE(jobs.size(), 80u);
  for (const BadInput& job : jobs) {
    const std::string path = ::testing::TempDir() + "/" + job.name;
    ASSERT_TRUE(WriteFileAtomically(path, job.content, 0644, Durability::kVisible).ok());
    const auto loaded = LoadJobSpec(path);
    ASSERT_FALSE(loaded.ok()) << job.name;
    EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument) << job.name;
    EXPECT_THAT(std::string(loaded.status().message()), ::testing::HasSubstr(path + ":" + job.expected)) << job.name;
  }
}

}  // namespace
}  // namespace accord
