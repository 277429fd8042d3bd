#include "coordinator/stamps/http_transport.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/timestamp/http_authority.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<HttpTransport> TransportTo(const std::string& url, const std::string& proxy = "") {
  return HttpTransport::Create({url, proxy, ""}).value();
}

TEST(HttpTransport, SendsTheRequestAsItIsAndGivesTheAnswerAsItIs) {
  const std::string request("\x30\x00\xff\n", 4);
  std::string head, body;
  HttpAuthority server([&](const HttpAuthority::Request& got) {
    head = got.head;
    body = got.body;
    return HttpAnswer(std::string("\x00\x01\x02", 3), "Application/Timestamp-Reply; q=1");
  });
  const auto answer = TransportTo(server.url())->Exchange(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, std::string("\x00\x01\x02", 3));
  EXPECT_EQ(body, request);
  EXPECT_THAT(head, HasSubstr("POST /stamp HTTP/1.1"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/timestamp-query"));
}

TEST(HttpTransport, SaysWhatIsNoAnswer) {
  std::string answer;
  HttpAuthority server([&](const HttpAuthority::Request&) { return answer; });
  const auto why = [&](std::string given) {
    answer = std::move(given);
    const auto got = TransportTo(server.url())->Exchange("request");
    EXPECT_EQ(got.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(got.status().message()), HasSubstr(server.url()));
    return std::string(got.status().message());
  };
  EXPECT_THAT(why(HttpAnswer("x", "text/html")), HasSubstr("type 'text/html'; expected application/timestamp-reply"));
  EXPECT_THAT(why(HttpAnswer("x", "application/timestamp-reply", "500 No")), HasSubstr("HTTP status 500"));
  EXPECT_THAT(why(HttpAnswer(std::string(kMaxStampTokenBytes + 1, 'x'))), HasSubstr("more than 65536 bytes"));
  EXPECT_THAT(why("no HTTP at all\n"), HasSubstr("authority at"));
  const std::string most(kMaxStampTokenBytes, 'x');
  answer = HttpAnswer(most);
  EXPECT_EQ(TransportTo(server.url())->Exchange("request").value_or(""), most);
}

TEST(HttpTransport, FollowsNoRedirect) {
  int asked = 0;
  HttpAuthority elsewhere([&](const HttpAuthority::Request&) {
    ++asked;
    return HttpAnswer("x");
  });
  HttpAuthority server([&](const HttpAuthority::Request&) {
    return HttpAnswer("", "text/plain", "302 Found", absl::StrCat("Location: ", elsewhere.url(), "\r\n"));
  });
  const auto answer = TransportTo(server.url())->Exchange("request");
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("redirects are not followed"));
  EXPECT_EQ(asked, 0);
}

TEST(HttpTransport, SpeaksNoOtherScheme) {
  EXPECT_FALSE(TransportTo("file:///etc/hostname")->Exchange("request").ok());
}

TEST(HttpTransport, GoesThroughTheProxyThatIsNamedAndNotThroughTheEnvironments) {
  std::string head;
  HttpAuthority proxy([&](const HttpAuthority::Request& got) {
    head = got.head;
    return HttpAnswer("by proxy");
  });
  HttpAuthority server([&](const HttpAuthority::Request&) { return HttpAnswer("directly"); });
  const auto through = TransportTo(server.url(), absl::StrCat("http://127.0.0.1:", proxy.port()))->Exchange("request");
  EXPECT_EQ(through.value_or(""), "by proxy");
  EXPECT_THAT(head, HasSubstr(absl::StrCat("POST ", server.url())));
  setenv("http_proxy", absl::StrCat("http://127.0.0.1:", proxy.port()).c_str(), 1);
  EXPECT_EQ(TransportTo(server.url())->Exchange("request").value_or(""), "directly");
  unsetenv("http_proxy");
}

TEST(HttpTransport, SaysThatNobodyIsThere) {
  std::string url;
  {
    HttpAuthority gone([](const HttpAuthority::Request&) { return std::string(); });
    url = gone.url();
  }
  const auto answer = TransportTo(url)->Exchange("request");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("onnect"));
}

TEST(HttpTransport, NoSecretOfTheAddressStandsInAnError) {
  for (const char* url : {"http://127.0.0.1:1/stamp?key=s3cret", "http://me:s3cret@127.0.0.1:1/stamp#s3cret",
                          "http://127.0.0.1:1?key=s3cret"}) {
    const auto answer = TransportTo(url)->Exchange("request");
    EXPECT_THAT(std::string(answer.status().message()),
                ::testing::AllOf(HasSubstr("http://127.0.0.1:1"), ::testing::Not(HasSubstr("s3cret"))));
  }
}

TEST(HttpTransport, EndsAtOnceWhenItIsCancelled) {
  absl::Notification asked;
  HttpAuthority silent([&](const HttpAuthority::Request&) {
    asked.Notify();
    return std::string();  // no answer
  });
  const auto transport = TransportTo(silent.url());
  absl::StatusOr<std::string> answer = absl::UnknownError("");
  std::thread waits([&] { answer = transport->Exchange("request"); });
  asked.WaitForNotification();
  transport->Cancel();
  waits.join();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("this coordinator ends"));
}

}  // namespace
}  // namespace accord
