// Servers that are none, or not to be trusted.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

TEST(HostileServer, OneThatSendsNoticesWithoutEndIsGivenUp) {
  const std::string notice = Message('N', std::string("SNOTICE\0C00000\0Mx\0\0", 19));
  const std::string let_in = Message('R', Int(0, 4));
  for (const std::string& before : {let_in, kWelcome}) {  // while it logs in, and inside the first statement
    FakeServer server([&](int fd) {
      Hear(fd);
      Say(fd, before);
      if (before == kWelcome) Hear(fd);
      while (send(fd, notice.data(), notice.size(), MSG_NOSIGNAL) > 0) {
      }
    });
    const absl::Status status = server.Ask(absl::Milliseconds(300));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), HasSubstr("was given up"));
  }
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

// Until the client waits for an answer; false at its end.
bool HearStatement(int fd) {
  const std::string sync = Message('S', "");
  std::string heard;
  while (heard.size() < sync.size() || heard.compare(heard.size() - sync.size(), sync.size(), sync) != 0) {
    char bytes[4096];
    const ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got <= 0) return false;
    heard.append(bytes, static_cast<size_t>(got));
  }
  return true;
}
std::string Columns(int count) {
  std::string body = Int(static_cast<uint32_t>(count), 2);
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&body, std::string("c\0", 2), Int(0, 4), Int(0, 2), Int(25, 4), Int(0xffff, 2), Int(0xffffffff, 4),
                    Int(0, 2));
  }
  return Message('T', body);
}
// One row of so many columns, each of which says "f".
std::string Falses(int count) {
  std::string row = Int(static_cast<uint32_t>(count), 2);
  for (int i = 0; i < count; ++i) absl::StrAppend(&row, Int(1, 4), "f");
  return absl::StrCat(Message('1', ""), Message('2', ""), Columns(count), Message('D', row),
                      Message('C', std::string("SELECT 1\0", 9)), Message('Z', "T"));
}
// Logs in, begins, takes the settings, and says that the role may do nothing else.
constexpr int kRoleColumns = 13;  // role_check.cc: a superuser, and twelve rights
const std::vector<std::string> kHonestBeginning = {kDone, kDone, Falses(kRoleColumns)};

// Answers each statement with the next of these, and then no more.
std::function<void(int fd)> Script(std::vector<std::string> answers) {
  return [answers = std::move(answers)](int fd) {
    Hear(fd);
    Say(fd, kWelcome);
    for (const std::string& answer : answers) {
      if (!HearStatement(fd)) return;
      Say(fd, answer);
    }
    HearToTheEnd(fd);
  };
}

TEST(HostileServer, APlaceBehindTheQueryIsNotTold) {
  std::vector<std::string> answers = kHonestBeginning;
  answers.push_back(Message('E', std::string("SERROR\0C4711A\0Mno\0P471147\0\0", 27)) + Message('Z', "E"));
  FakeServer server(Script(answers));
  const absl::Status status = server.Ask(absl::Seconds(60));
  EXPECT_THAT(std::string(status.message()), HasSubstr("failed on the server (SQLSTATE 4711A)"));
}

TEST(HostileServer, TypesThatAreNotToldAreMissed) {
  std::vector<std::string> answers = kHonestBeginning;
  answers.push_back(kDone);                           // DECLARE
  answers.push_back(Columns(1) + Message('Z', "T"));  // what the columns of the result are
  answers.push_back(Falses(1));                       // of what types: an answer with a column too few
  FakeServer server(Script(answers));
  const absl::Status status = server.Ask(absl::Seconds(60));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("of which types"));
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
