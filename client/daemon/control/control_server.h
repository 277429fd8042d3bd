// The daemon's ear for its own operator: a Unix socket in the state folder, for `status`, `pause` and `resume`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "proto/accord/v1/control.pb.h"

namespace accord {

// Answers one caller at a time on a thread of its own. Only the socket's owner (mode 0600) can connect; even so every
// datagram is length-checked, a caller that says nothing is hung up on after kPatience, and bytes that are no request
// are answered with nothing.
class ControlServer {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(2);
  using Handler = std::function<v1::ControlReply(const v1::ControlRequest&)>;

  // Replaces a socket that an earlier daemon left behind; the caller holds the state folder's lock.
  static absl::StatusOr<std::unique_ptr<ControlServer>> Start(const std::string& path, Handler handler);
  // Hangs up and joins.
  ~ControlServer();

 private:
  ControlServer(std::string path, UniqueFd listener, UniqueFd stop, Handler handler);
  void Run();
  void Serve(UniqueFd caller);

  const std::string path_;
  const UniqueFd listener_;
  const UniqueFd stop_;  // an eventfd
  const Handler handler_;
  std::thread thread_;
};

// Asks the daemon that listens at `path`. UNAVAILABLE when none does.
absl::StatusOr<v1::ControlReply> AskDaemon(const std::string& path, const v1::ControlRequest& request,
                                           absl::Duration timeout);

}  // namespace accord
