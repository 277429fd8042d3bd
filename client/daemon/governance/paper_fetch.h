// Fetches the bytes of jobs that their papers only name, one after the other, so that people can read them.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/daemon/session/download.h"
#include "grpcpp/channel.h"

namespace accord {

// Used on the daemon's decision thread only; `fetched` is called on it. A connection that breaks loses what was asked
// for: the papers come again with the next session.
class PaperFetch {
 public:
  struct Surroundings {
    std::function<void(std::function<void()>)> post;       // onto the decision thread; never once the fetch is gone
    std::function<bool(const std::string& name)> may_ask;  // writes down that the object is asked for
    std::function<void(const std::string& job_sha256, const std::string& bytes)> fetched;
    std::function<void(const std::string& line)> tell_operator;
  };
  explicit PaperFetch(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

  // `job_sha256`: 64 hexadecimal digits.
  void Ask(const std::string& job_sha256, std::shared_ptr<grpc::Channel> channel);
  // The connection is gone: gives up whatever was asked for.
  void Stop();

 private:
  void Next();
  void OnDone(uint64_t serial, const DownloadResult& result);

  const Surroundings surroundings_;
  std::shared_ptr<grpc::Channel> channel_;  // of the present connection, which downloads share
  std::deque<std::string> waiting_;         // the first one is being fetched, where object_ is there
  std::optional<PartialObject> object_;
  std::unique_ptr<Download> download_;
  uint64_t serial_ = 0;
};

}  // namespace accord
