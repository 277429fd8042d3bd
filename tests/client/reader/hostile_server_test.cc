// Servers that are none, or not to be trusted.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "client/reader/query.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string Int(uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}
// A message of the protocol (postgresql.org/docs/current/protocol-message-formats.html).
std::string Message(char type, const std::string& body) {
  return absl::StrCat(std::string(1, type), Int(static_cast<uint32_t>(body.size() + 4), 4), body);
}
const std::string kWelcome = Message('R', Int(0, 4)) + Message('Z', "I");
const std::string kDone = Message('1', "") + Message('2', "") + Message('n', "") +
                          Message('C', std::string("BEGIN\0", 6)) + Message('Z', "T");

// Takes one connection on a Unix socket and answers as `answer` does.
class FakeServer {
 public:
  explicit FakeServer(std::function<void(int fd)> answer) : answer_(std::move(answer)) {
    listening_ = UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = folder_.Path(".s.PGSQL.5432");
    EXPECT_LT(path.size(), sizeof(address.sun_path));
    path.copy(address.sun_path, path.size());
    EXPECT_EQ(bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listening_.get(), 1), 0);
    thread_ = std::thread([this] {
      const UniqueFd connection(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.valid()) answer_(connection.get());
    });
  }
  ~FakeServer() {
    shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }
  // What the reader makes of it.
  absl::Status Ask(absl::Duration patience) {
    v1::ReadRows request;
    request.mutable_source()->set_host(folder_.path());
    request.mutable_source()->set_port(5432);
    request.mutable_source()->set_database("ward");
    request.mutable_source()->set_user("reader");
    request.mutable_source()->set_query("SELECT 1");
    request.set_max_bytes(1 << 20);
    const UniqueFd nothing(open("/dev/null", O_WRONLY | O_CLOEXEC));
    RowWriter writer(nothing.get());
    auto connection = ServerConnection::Open(request.source(), patience);
    return connection.ok() ? RunQuery(request, *connection, writer) : connection.status();
  }

 private:
  TemporaryFolder folder_;
  std::function<void(int fd)> answer_;
  UniqueFd listening_;
  std::thread thread_;
};

void Say(int fd, const std::string& bytes) { (void)!send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
// Until the other end has said something, or gone; false at its end.
bool Hear(int fd) {
  char bytes[4096];
  return recv(fd, bytes, sizeof(bytes), 0) > 0;
}
void HearToTheEnd(int fd) {
  while (Hear(fd)) {
  }
}

TEST(HostileServer, OneThatSaysNothingIsGivenUp) {
  FakeServer server(HearToTheEnd);
  const absl::Status status = server.Ask(absl::Milliseconds(200));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("200ms"));
}

TEST(HostileServer, OneThatStallsInsideTheQueryIsGivenUp) {
  FakeServer server([](int fd) {
    Hear(fd);
    Say(fd, kWelcome);
    Hear(fd);
    Say(fd, kDone);
    HearToTheEnd(fd);
  });
  const absl::Status status = server.Ask(absl::Milliseconds(300));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("was given up"));
}

TEST(HostileServer, OneThatEndsMidwayIsTold) {
  FakeServer server([](int fd) {
    Hear(fd);
    Say(fd, kWelcome);
    Hear(fd);
    Say(fd, kDone.substr(0, 12));
  });
  const absl::Status status = server.Ask(absl::Seconds(60));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("closed the connection"));
}

TEST(HostileServer, WordsThatAreNoProtocolAreNotPassedOn) {
  for (const std::string& words : {std::string("HTTP/1.1 400 patient 4711\r\n\r\n"), std::string(5000, '\xff'),
                                   Message('E', std::string("SFATAL\0C4711x\0Mpatient 4711\0\0", 30))}) {
    FakeServer server([&words](int fd) {
      Hear(fd);
      Say(fd, words);
    });
    const absl::Status status = server.Ask(absl::Seconds(60));
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("4711")));
  }
}

// Answers to questions that nobody asked: a copy that would have the reader write, and a row out of nowhere.
TEST(HostileServer, AnswersOutOfTurnEndTheTalk) {
  for (const std::string& answer :
       {Message('G', std::string("\0\0\0", 3)), Message('H', std::string("\0\0\0", 3)),
        Message('D', Int(1, 2) + Int(4, 4) + "4711"), Message('W', std::string("\0\0\0", 3))}) {
    FakeServer server([&answer](int fd) {
      Hear(fd);
      Say(fd, kWelcome);
      Hear(fd);
      Say(fd, Message('1', "") + Message('2', "") + answer);
    });
    EXPECT_THAT(server.Ask(absl::Seconds(60)).code(),
                AnyOf(absl::StatusCode::kUnavailable, absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace accord
