#include "coordinator/commands/state_dir.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "coordinator/commands/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class StateDir : public ::testing::Test {
 protected:
  std::string CertificateText() { return *ReadFile(ServerTlsFiles(path_).certificate); }
  TemporaryFolder folder_;
  const std::string path_ = folder_.Path("state");
};

TEST_F(StateDir, TheServerCertificateIsRenewedInItsLastThirtyDaysOnly) {
  const auto authority = CreateAuthority(path_, kNow);
  ASSERT_TRUE(authority.ok()) << authority.status();
  ASSERT_TRUE(IssueServerCertificate(*authority, path_, {"host"}, kNow).ok());
  const std::string first = CertificateText();
  EXPECT_FALSE(*RenewServerCertificate(*authority, path_, {"host"}, kNow + absl::Hours(24 * 334)));
  EXPECT_EQ(CertificateText(), first);
  EXPECT_TRUE(*RenewServerCertificate(*authority, path_, {"host"}, kNow + absl::Hours(24 * 336)));
  EXPECT_NE(CertificateText(), first);
}

TEST_F(StateDir, ARenewedCertificateBelongsToTheKeyThatARunningServerHas) {
  const auto authority = CreateAuthority(path_, kNow);
  ASSERT_TRUE(IssueServerCertificate(*authority, path_, {"host"}, kNow).ok());
  const TlsFiles files = ServerTlsFiles(path_);
  const std::string key = *ReadFile(files.key);
  ASSERT_TRUE(*RenewServerCertificate(*authority, path_, {"host"}, kNow + absl::Hours(24 * 336)));
  EXPECT_EQ(*ReadFile(files.key), key);
  EXPECT_TRUE(MakeServerCredentials(files).ok());
}

TEST_F(StateDir, AServerWithoutAKeyGetsANewPair) {
  const auto authority = CreateAuthority(path_, kNow);
  const TlsFiles files = ServerTlsFiles(path_);
  for (const char* text : {"", "not a key"}) {
    ASSERT_TRUE(WriteFileAtomically(files.key, text, 0600).ok());
    ASSERT_TRUE(WriteFileAtomically(path_ + "/server.names", "").ok());
    ASSERT_TRUE(*RenewServerCertificate(*authority, path_, {"host"}, kNow));
    EXPECT_TRUE(MakeServerCredentials(files).ok()) << text;
  }
}

TEST_F(StateDir, TheServerCertificateFollowsTheNamesOfTheConfiguration) {
  const auto authority = CreateAuthority(path_, kNow);
  ASSERT_TRUE(IssueServerCertificate(*authority, path_, {"host"}, kNow).ok());
  EXPECT_TRUE(*RenewServerCertificate(*authority, path_, {"host", "other"}, kNow));
  EXPECT_FALSE(*RenewServerCertificate(*authority, path_, {"host", "other"}, kNow));
}

TEST_F(StateDir, AnAuthorityIsNeverReplaced) {
  ASSERT_TRUE(CreateAuthority(path_, kNow).ok());
  const std::string first = *ReadFile(path_ + "/ca.pem");
  EXPECT_EQ(CreateAuthority(path_, kNow).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*ReadFile(path_ + "/ca.pem"), first);
  EXPECT_EQ(LoadAuthority(path_)->certificate_pem(), first);
}

TEST_F(StateDir, PrivateFilesAreForTheirOwnerOnly) {
  const std::string folder = folder_.Path("coordinator");
  ASSERT_TRUE(RunInit({folder, {"accord.example.org", "10.0.0.1"}, "127.0.0.1:0"}).ok());
  for (const char* name : {"/state/ca.key", "/state/server.key", "/state/log.key"}) {
    struct stat info {};
    ASSERT_EQ(stat((folder + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  struct stat info {};
  ASSERT_EQ(stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(StateDir, AnAuthorityWhoseKeyOthersCanReadIsRefused) {
  ASSERT_TRUE(CreateAuthority(path_, kNow).ok());
  ASSERT_TRUE(LoadAuthority(path_).ok());
  std::filesystem::permissions(path_ + "/ca.key", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(LoadAuthority(path_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(StateDir, InitRefusesAFolderThatIsACoordinatorsAlready) {
  const std::string folder = folder_.Path("coordinator");
  ASSERT_TRUE(RunInit({folder, {}, "127.0.0.1:0"}).ok());
  EXPECT_EQ(RunInit({folder, {}, "127.0.0.1:0"}).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(StateDir, InitRefusesNamesThatAreNone) {
  EXPECT_EQ(RunInit({folder_.Path("c"), {"evil\"\nlisten: x"}, "127.0.0.1:0"}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("c")));
}

TEST_F(StateDir, ATokenIsForAnIdOfTheRightForm) {
  const std::string folder = folder_.Path("coordinator");
  ASSERT_TRUE(RunInit({folder, {}, "127.0.0.1:0"}).ok());
  const std::string config = folder + "/coordinator.yaml";
  EXPECT_EQ(RunToken({config, "site/North", "", absl::Hours(1)}).code(), absl::StatusCode::kInvalidArgument);
  ::testing::internal::CaptureStdout();
  EXPECT_TRUE(RunToken({config, "site/north", "", absl::Hours(1)}).ok());
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), ::testing::MatchesRegex("accord1-[A-Za-z0-9_-]+\n"));
}

}  // namespace
}  // namespace accord
