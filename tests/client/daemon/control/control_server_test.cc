#include "client/daemon/control/control_server.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

class ControlServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "accord-control-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/control.sock";
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Start() {
    auto server = ControlServer::Start(path_, [](const v1::ControlRequest& request) {
      v1::ControlReply reply;
      if (request.has_status()) reply.mutable_status()->set_site("basel");
      return reply;
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string AskForSite() {
    v1::ControlRequest request;
    request.mutable_status();
    auto reply = AskDaemon(path_, request, absl::Seconds(30));
    return reply.ok() ? reply->status().site() : std::string(reply.status().message());
  }
  UniqueFd Connect() {
    UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, AnswersItsOperator) {
  Start();
  EXPECT_EQ(AskForSite(), "basel");
  EXPECT_EQ(AskForSite(), "basel");
}

TEST_F(ControlServerTest, OnlyItsOwnerMayConnect) {
  Start();
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ControlServerTest, WorksInAFolderWhosePathIsLongerThanAnAddress) {
  path_ = folder_ + "/" + std::string(150, 'x') + "/control.sock";
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path());
  Start();
  EXPECT_EQ(AskForSite(), "basel");
}

TEST_F(ControlServerTest, ReplacesTheSocketOfADaemonThatWasKilled) {
  Start();
  std::filesystem::rename(path_, folder_ + "/kept");
  server_.reset();
  std::filesystem::rename(folder_ + "/kept", path_);
  EXPECT_THAT(AskForSite(), ::testing::HasSubstr("no daemon listens"));
  Start();
  EXPECT_EQ(AskForSite(), "basel");
}

TEST_F(ControlServerTest, HostileCallersDoNotStopIt) {
  Start();
  RandomStream random(StreamPurpose{.job_seed = 3, .site = "", .round = 0, .use = "control-fuzz"});
  for (int i = 0; i < 200; ++i) {
    const UniqueFd caller = Connect();
    std::string bytes(random.NextBelow(i % 10 == 0 ? 100'000 : 64), '\0');
    for (char& c : bytes) c = static_cast<char>(random.NextBelow(256));
    (void)send(caller.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  EXPECT_EQ(AskForSite(), "basel");
}

TEST_F(ControlServerTest, ACallerThatSaysNothingIsHungUpOn) {
  Start();
  const UniqueFd silent = Connect();
  EXPECT_EQ(AskForSite(), "basel") << "the next caller waits for the silent one at most";
  char byte;
  EXPECT_EQ(recv(silent.get(), &byte, 1, 0), 0);
}

TEST_F(ControlServerTest, WithoutADaemonTheAnswerSaysWhatToDo) {
  EXPECT_THAT(AskForSite(), ::testing::HasSubstr("accord-client run"));
}

}  // namespace
}  // namespace accord
