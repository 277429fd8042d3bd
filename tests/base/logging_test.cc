#include "base/logging.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LoggingTest : public ::testing::Test {
 protected:
  LoggingTest() : path_(absl::StrCat(::testing::TempDir(), "/accord-logging-test.log")) { unlink(path_.c_str()); }
  ~LoggingTest() override { spdlog::set_default_logger(std::make_shared<spdlog::logger>("silent")); }

  std::string LogOf(const std::string& level, void (*write)()) {
    EXPECT_TRUE(StartLogging({.process = "accord-test", .level = level, .file = path_}).ok());
    write();
    spdlog::default_logger()->flush();
    return ReadFile(path_).value();
  }

  std::string path_;
};

TEST_F(LoggingTest, WritesOneJsonObjectALine) {
  const std::string log = LogOf("info", [] { spdlog::warn("round {} of {}", 3, 5); });
  EXPECT_THAT(log,
              ::testing::MatchesRegex("\\{\"time\":\"[-0-9]+T[0-9:.]+Z\",\"process\":\"accord-test\",\"pid\":[0-9]+,"
                                      "\"level\":\"warning\",\"message\":\"round 3 of 5\"\\}\n"));
}

TEST_F(LoggingTest, KeepsTextOfAPeerInsideItsField) {
  const std::string log =
      LogOf("info", [] { spdlog::info("{}", std::string("x\",\"level\":\"forged\"}\n{\\\t\x01\x1f end")); });
  EXPECT_THAT(log, HasSubstr(R"("message":"x\",\"level\":\"forged\"}\u000a{\\\u0009\u0001\u001f end"})"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
}

TEST_F(LoggingTest, LeavesOutWhatIsBelowTheLevel) {
  const std::string log = LogOf("warn", [] {
    spdlog::info("unimportant");
    spdlog::error("important");
  });
  EXPECT_THAT(log, HasSubstr("important"));
  EXPECT_THAT(log, Not(HasSubstr("unimportant")));
}

TEST_F(LoggingTest, TakesProtobufsOwnMessagesInsteadOfLettingThemReachStderr) {
  const std::string log = LogOf("debug", [] {
    google::protobuf::Value value;
    value.ParseFromString("\x1a\x01\xff");  // string_value that is not UTF-8
  });
  EXPECT_THAT(log, HasSubstr("protobuf: String field"));
}

TEST_F(LoggingTest, NamesTheLevelsThatExist) {
  const absl::Status status = StartLogging({.process = "accord-test", .level = "loud", .file = ""});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("use trace, debug, info, warn, error or off"));
}

TEST_F(LoggingTest, SaysThatAFileCannotBeOpened) {
  const absl::Status status = StartLogging({.process = "accord-test", .level = "info", .file = "/proc/nowhere/log"});
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("/proc/nowhere/log"));
}

}  // namespace
}  // namespace accord
