#include "base/status.h"

#include <memory>

#include "gtest/gtest.h"

namespace accord {
namespace {

absl::StatusOr<std::unique_ptr<int>> MakeNumber(bool succeed) {
  if (!succeed) return absl::NotFoundError("no number");
  return std::make_unique<int>(7);
}

absl::StatusOr<int> Doubled(bool succeed) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<int> number, MakeNumber(succeed));
  return 2 * *number;
}

absl::Status Check(bool succeed) {
  ACCORD_RETURN_IF_ERROR(MakeNumber(succeed).status());
  return absl::AlreadyExistsError("went on");
}

TEST(Status, AnnotatedKeepsItsCodeAndSaysWhere) {
  const absl::Status status = Annotate(absl::NotFoundError("no such file"), "client.yaml");
  EXPECT_EQ(status, absl::NotFoundError("client.yaml: no such file"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "client.yaml").ok());
}

TEST(Status, MacrosReturnFailuresAndMoveValuesOut) {
  EXPECT_EQ(Doubled(true).value(), 14);
  EXPECT_EQ(Doubled(false).status(), absl::NotFoundError("no number"));
  EXPECT_EQ(Check(true), absl::AlreadyExistsError("went on"));
  EXPECT_EQ(Check(false), absl::NotFoundError("no number"));
}

}  // namespace
}  // namespace accord
