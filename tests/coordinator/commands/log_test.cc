// accord-coordinator log: what the operator hands to members and auditors.
#include <sys/stat.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/hash.h"
#include "coordinator/commands/commands.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/timestamp/test_authority.h"
#include "trust/log/log_check.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class LogCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    ::testing::internal::CaptureStdout();
    const absl::Status made = RunInit({folder_.Path("coordinator"), {}, "127.0.0.1:0"});
    said_at_init_ = ::testing::internal::GetCapturedStdout();
    ASSERT_TRUE(made.ok()) << made;
    auto store = Store::Open(folder_.Path("coordinator/state"));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    const Sha256Digest secret = Sha256("secret");
    ASSERT_TRUE(store_->members().AddToken(secret, "person/ada", absl::InfiniteFuture()).ok());
    const auto issue = [](const std::string&) -> absl::StatusOr<std::string> { return "a key"; };
    ASSERT_TRUE(store_->members().RedeemToken(secret, absl::Now(), issue).ok());
  }
  std::string Id() { return HexDigest(store_->log().identity().id()); }

  TemporaryFolder folder_;
  const LogOptions options_{folder_.Path("coordinator/coordinator.yaml"), folder_.Path("out")};
  std::string said_at_init_;
  std::unique_ptr<Store> store_;
  std::ostringstream out_;
};

TEST_F(LogCommands, SayWhichLogItIs) {
  EXPECT_THAT(said_at_init_, HasSubstr(Id()));
  ASSERT_TRUE(ShowLog(options_, out_).ok());
  EXPECT_THAT(out_.str(), HasSubstr("id " + Id() + "\nproject federation\n2 entries, the last head signed 20"));
}

TEST_F(LogCommands, SayWhenTheLogWasStampedLastAndByWhom) {
  ASSERT_TRUE(ShowLog(options_, out_).ok());
  EXPECT_THAT(out_.str(), HasSubstr("\nno time stamp\n"));
  const TestStampAuthority tsa;
  const SignedLogHead head = *store_->log().rows().LastHead(kFederationProject);
  const absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  ASSERT_TRUE(store_->log().rows().AddStamp(kFederationProject, 2, at, tsa.Stamp(head, at)).ok());
  ASSERT_TRUE(ShowLog(options_, out_).ok());
  EXPECT_THAT(out_.str(), HasSubstr("by CN=Test Stamps, on the head of 2 entries\n"));
  ASSERT_TRUE(ExportLog(options_, out_).ok());
  EXPECT_THAT(*ReadFile(options_.out), HasSubstr("\nstamp: "));
}

TEST_F(LogCommands, ExportALogThatHoldsWhileTheCoordinatorRuns) {
  const absl::Status exported = ExportLog(options_, out_);
  ASSERT_TRUE(exported.ok()) << exported;
  EXPECT_THAT(out_.str(), HasSubstr("accord audit verify " + options_.out + " --log-id " + Id()));
  WholeLogCheck check;
  const std::string text = *ReadFile(options_.out);
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) check.Take(line);
  EXPECT_TRUE(check.Finish()) << check.fault()->what;
  EXPECT_EQ(check.facts().num_entries, 2u);
  EXPECT_FALSE(ReadFile(options_.out + ".part").ok());
}

TEST_F(LogCommands, ExportNamesForTheirOwnerOnly) {
  ASSERT_TRUE(ExportLogNames(options_, out_).ok());
  const auto openings = ParseNameOpenings(*ReadFile(options_.out));
  ASSERT_TRUE(openings.ok()) << openings.status();
  ASSERT_EQ(openings->size(), 1u);
  EXPECT_EQ(openings->begin()->first, 1u);
  EXPECT_EQ(openings->begin()->second.name, "ada");
  struct stat info {};
  ASSERT_EQ(stat(options_.out.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(LogCommands, SayWhatToDoWithoutTheKey) {
  const std::string key_file = folder_.Path("coordinator/state/log.key");
  const std::string key = *ReadFile(key_file);
  ASSERT_TRUE(WriteFileAtomically(key_file, "no key", 0600).ok());
  const std::string damaged(ShowLog(options_, out_).message());
  std::filesystem::remove(key_file);
  const std::string gone(ShowLog(options_, out_).message());
  std::filesystem::rename(folder_.Path("coordinator/state/ca.key"), key_file);
  const std::string another(ShowLog(options_, out_).message());
  for (const std::string& words : {damaged, gone, another}) EXPECT_THAT(words, HasSubstr("back from the backup"));
  for (const std::string& words : {damaged, gone}) EXPECT_THAT(words, HasSubstr("state/log.key"));
  std::filesystem::remove(key_file);
  EXPECT_EQ(ExportLog(options_, out_).message(), gone);
  EXPECT_EQ(ExportLogNames(options_, out_).message(), gone);
  EXPECT_FALSE(ReadFile(options_.out).ok());
  EXPECT_FALSE(ReadFile(key_file).ok()) << "a new key would be another log's";
  ASSERT_TRUE(WriteFileAtomically(key_file, key, 0600).ok());
  EXPECT_TRUE(ShowLog(options_, out_).ok());
}

TEST_F(LogCommands, SayWhereTheyCannotWrite) {
  EXPECT_THAT(std::string(ExportLog({options_.config, folder_.Path("no/such/file")}, out_).message()),
              HasSubstr("no/such/file"));
}

}  // namespace
}  // namespace accord
