#include "client/daemon/training/socket_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/daemon/training/confined_words.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uid_t kDaemon = 900;
constexpr uid_t kServer = 115;
constexpr uid_t kMallory = 1001;

// Folders one inside the other, below a root of root's.
std::vector<WayPart> Way(std::vector<WayPart> below) {
  std::vector<WayPart> way = {{"/", 0, S_IFDIR | 0755, false, 0}};
  for (WayPart& part : below) {
    part.holder = way.size() - 1;
    way.push_back(std::move(part));
  }
  return way;
}
WayPart Folder(const std::string& path, uid_t owner, mode_t mode, bool is_alone = false) {
  return {path, owner, S_IFDIR | mode, is_alone, 0};
}
std::string Fault(const std::vector<WayPart>& way) { return std::string(JudgeSocketWay(way, kDaemon).message()); }

TEST(SocketWay, FoldersOfRootTheServerAndTheDaemonAreTaken) {
  EXPECT_EQ(Fault(Way({Folder("/run", 0, 0755), Folder("/run/pg", kServer, 0755)})), "");
  EXPECT_EQ(Fault(Way({Folder("/srv", kServer, 0755), Folder("/srv/pg", kServer, 0700)})), "");
  EXPECT_EQ(
      Fault(Way({Folder("/home", 0, 0755), Folder("/home/us", kDaemon, 0700), Folder("/home/us/pg", kServer, 0755)})),
      "");
  EXPECT_EQ(JudgeSocketWay({}, kDaemon), absl::OkStatus());
}

TEST(SocketWay, AParentThatOthersMayWriteInIsRefused) {
  EXPECT_THAT(Fault(Way({Folder("/srv", 0, 0777), Folder("/srv/pg", kServer, 0755)})),
              AllOf(HasSubstr("/srv can be written in by everybody on this machine"), HasSubstr("chmod go-w")));
  EXPECT_THAT(Fault(Way({Folder("/srv", 0, 0775), Folder("/srv/x", 0, 0755), Folder("/srv/x/pg", kServer, 0755)})),
              HasSubstr("/srv can be written in by its group"));
}

TEST(SocketWay, AParentOfAnotherUserIsRefused) {
  EXPECT_THAT(Fault(Way({Folder("/srv", kMallory, 0755), Folder("/srv/pg", kServer, 0755)})),
              AllOf(HasSubstr("/srv belongs to the user 1001"), HasSubstr("chown root")));
}

// As Debian has /run/postgresql, 2775 of postgres:postgres.
TEST(SocketWay, AGroupOfTheOwnerAloneIsNotOthers) {
  EXPECT_EQ(Fault(Way({Folder("/run", 0, 0755), Folder("/run/pg", kServer, 02775, true)})), "");
  EXPECT_THAT(Fault(Way({Folder("/run", 0, 0755), Folder("/run/pg", kServer, 02775, false)})),
              HasSubstr("/run/pg can be written in by its group"));
}

TEST(SocketWay, BelowAStickyFolderOnlyWhatRootOrTheDaemonMadeIsTaken) {
  const WayPart tmp = Folder("/tmp", 0, 01777);
  EXPECT_EQ(Fault(Way({tmp, Folder("/tmp/pg", 0, 0755)})), "");
  EXPECT_EQ(Fault(Way({tmp, Folder("/tmp/x", kDaemon, 0755), Folder("/tmp/x/pg", kServer, 0755)})), "");
  EXPECT_THAT(Fault(Way({tmp, Folder("/tmp/pg", kServer, 0755)})),
              AllOf(HasSubstr("/tmp/pg belongs to the user 115 and lies in /tmp"), HasSubstr("below /run")));
  EXPECT_THAT(Fault(Way({tmp})), HasSubstr("/tmp can be written in by everybody")) << "it keeps nobody from making one";
}

TEST(SocketWay, ALinkInAStickyFolderIsOfRootOrTheDaemon) {
  std::vector<WayPart> way = Way({Folder("/tmp", 0, 01777), {"/tmp/pg", kMallory, S_IFLNK | 0777, false, 0}});
  way.push_back({"/run", 0, S_IFDIR | 0755, false, 0});
  EXPECT_THAT(Fault(way), HasSubstr("/tmp/pg belongs to the user 1001"));
  way[2].owner = kDaemon;
  EXPECT_EQ(Fault(way), "");
}

TEST(SocketWay, ItsPathIsForTheOperatorAlone) {
  const absl::Status refused =
      JudgeSocketWay(Way({Folder("/srv", 0, 0777), Folder("/srv/pg", kServer, 0755)}), kDaemon);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(WordsThatMayLeave(refused), AllOf(HasSubstr("database"), Not(HasSubstr("/srv"))));
}

constexpr gid_t kGroup = 120;
constexpr char kUsersOfTheMachine[] =
    "root:x:0:0:root:/root:/bin/sh\npostgres:x:115:120::/var/lib/postgresql:/bin/sh\nanna:x:1000:1000::/home/anna:\n";

// Attack: a user whose primary group is the server's, which the group's own entry does not tell.
TEST(SocketGroup, IsOpenToWhoeverHasItAsThePrimaryOne) {
  const TemporaryFolder folder;
  const auto is_alone = [&](const std::string& more) {
    return IsPrimaryGroupOfOwnerAlone(folder.Write("passwd", kUsersOfTheMachine + more), kServer, kGroup);
  };
  EXPECT_TRUE(is_alone(""));
  EXPECT_FALSE(is_alone("mallory:x:1001:120::/home/mallory:/bin/sh\n"));
  EXPECT_TRUE(is_alone("mallory:x:1001:1001::/home/mallory:/bin/sh\n"));
  EXPECT_TRUE(is_alone("backup:x:115:120::/var/lib/postgresql:/bin/sh\n")) << "the same user by another name";
}

TEST(SocketGroup, IsOpenWhereNobodyCanTell) {
  const TemporaryFolder folder;
  const std::string users = folder.Write("passwd", kUsersOfTheMachine);
  EXPECT_FALSE(IsPrimaryGroupOfOwnerAlone(folder.Path("no-such"), kServer, kGroup));
  EXPECT_FALSE(IsPrimaryGroupOfOwnerAlone(folder.path(), kServer, kGroup)) << "a folder";
  EXPECT_FALSE(IsPrimaryGroupOfOwnerAlone(users, kMallory, kGroup)) << "of another list of users";
  EXPECT_FALSE(IsPrimaryGroupOfOwnerAlone(users, kServer, kGroup + 1));
  const std::string far = folder.Write("far", absl::StrCat(kUsersOfTheMachine, "+::::::\n"));
  EXPECT_FALSE(IsPrimaryGroupOfOwnerAlone(far, kServer, kGroup)) << "and there are others";
  const std::string long_line(size_t{1} << 17, 'x');
  const std::string cut = folder.Write("cut", absl::StrCat(kUsersOfTheMachine, "m:x:1001:120:", long_line, "::\n"));
  EXPECT_FALSE(IsPrimaryGroupOfOwnerAlone(cut, kServer, kGroup)) << "what does not fit is not passed over";
}

class SocketFolderTest : public ::testing::Test {
 protected:
  // Of a socket in that folder.
  absl::Status Check(const std::string& path) {
    source_.set_host(path);
    source_.set_password_file("/etc/accord/password");
    return CheckSocketFolder(source_);
  }
  std::string Made(const std::string& name, mode_t mode) {
    const std::string path = folder_.path() + "/" + name;
    std::filesystem::create_directories(path);
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  TemporaryFolder folder_;
  v1::PostgresqlSource source_;
};

TEST_F(SocketFolderTest, APasswordGoesOnlyWhereNotEverybodyCanMakeASocket) {
  EXPECT_TRUE(Check(folder_.path()).ok()) << Check(folder_.path());
  const std::string open = Made("open", 01777);
  EXPECT_THAT(std::string(Check(open).message()), HasSubstr("open can be written in by everybody on this machine"));
  source_.clear_password_file();
  EXPECT_TRUE(CheckSocketFolder(source_).ok()) << "nobody is given anything";
}

TEST_F(SocketFolderTest, EachFolderOnTheWayIsLookedAt) {
  const std::string open = Made("open", 0777);
  const std::string socket = Made("open/far/down", 0755);
  EXPECT_THAT(std::string(Check(socket).message()), HasSubstr("/open can be written in by everybody"));
  ASSERT_EQ(chmod(open.c_str(), 01777), 0);
  EXPECT_TRUE(Check(socket).ok()) << Check(socket);
}

TEST_F(SocketFolderTest, LinksAreFollowedAsTheSystemDoes) {
  const std::string open = Made("open", 0777);
  Made("open/pg", 0755);
  Made("safe", 0755);
  std::filesystem::create_symlink("open/pg", folder_.path() + "/relative");
  std::filesystem::create_symlink(folder_.path() + "/relative", folder_.path() + "/safe/absolute");
  std::filesystem::create_symlink("round", folder_.path() + "/round");
  EXPECT_THAT(std::string(Check(folder_.path() + "/safe/./absolute").message()), HasSubstr("/open can be written in"));
  EXPECT_THAT(std::string(Check(folder_.path() + "/relative/../../safe").message()),
              HasSubstr("/open can be written in"));
  EXPECT_TRUE(Check(folder_.path() + "/round").ok()) << "nobody answers there";
  ASSERT_EQ(chmod(open.c_str(), 0755), 0);
  EXPECT_TRUE(Check(folder_.path() + "/safe/absolute").ok());
}

TEST_F(SocketFolderTest, AFolderThatAnybodyCouldMakeIsRefusedBeforeItIsThere) {
  const std::string open = Made("open", 01777);
  EXPECT_THAT(std::string(Check(open + "/pg").message()), HasSubstr("open can be written in by everybody"));
  EXPECT_TRUE(Check(folder_.path() + "/pg").ok()) << "the reader says that nobody answers";
}

}  // namespace
}  // namespace accord
