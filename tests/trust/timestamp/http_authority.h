// An HTTP server on a free port of loopback that answers each request as a test says.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace accord {

inline std::string HttpAnswer(absl::string_view body, absl::string_view type = "application/timestamp-reply",
                              absl::string_view status = "200 OK", absl::string_view more = "") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type, "\r\n", more,
                      "Connection: close\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

class HttpAuthority {
 public:
  struct Request {
    std::string head;  // request line and headers
    std::string body;
  };
  // Called on the server's thread, one request at a time. What it gives goes out as it is, and the connection is
  // closed.
  using Answer = std::function<std::string(const Request& request)>;

  explicit HttpAuthority(Answer answer)
      : answer_(std::move(answer)),
        listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        end_(eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_.get(), 16), 0);
    EXPECT_EQ(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~HttpAuthority() {
    const uint64_t one = 1;
    EXPECT_EQ(write(end_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
    thread_.join();
  }

  int port() const { return port_; }
  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_, "/stamp"); }

 private:
  // False: the server ends, or the peer has gone.
  bool Readable(int fd) const {
    pollfd both[2] = {{fd, POLLIN, 0}, {end_.get(), POLLIN, 0}};
    return poll(both, 2, -1) > 0 && (both[1].revents & POLLIN) == 0;
  }
  void Serve() {
    while (Readable(listener_.get())) {
      const UniqueFd peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      Request request;
      if (!peer.valid() || !Read(peer.get(), request)) continue;
      const std::string answer = answer_(request);
      for (size_t sent = 0; sent < answer.size();) {
        const ssize_t now = send(peer.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) break;
        sent += static_cast<size_t>(now);
      }
      // An empty answer: the peer waits for one until it gives up.
      char byte = 0;
      while (answer.empty() && Readable(peer.get()) && recv(peer.get(), &byte, 1, 0) > 0) {
      }
    }
  }
  bool Read(int peer, Request& request) const {
    std::string bytes;
    while (true) {
      const size_t end = bytes.find("\r\n\r\n");
      if (end != std::string::npos) {
        const size_t place = bytes.find("Content-Length: ");
        size_t length = 0;
        if (place != std::string::npos) {
          EXPECT_TRUE(absl::SimpleAtoi(bytes.substr(place + 16, bytes.find('\r', place) - place - 16), &length));
        }
        if (bytes.size() >= end + 4 + length) {
          request = {bytes.substr(0, end), bytes.substr(end + 4)};
          return true;
        }
      }
      char buffer[4096];
      if (!Readable(peer)) return false;
      const ssize_t now = recv(peer, buffer, sizeof(buffer), 0);
      if (now <= 0) return false;
      bytes.append(buffer, static_cast<size_t>(now));
    }
  }

  const Answer answer_;
  const UniqueFd listener_;
  const UniqueFd end_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace accord
