// The site's long-lived control stream: connects, says hello, carries messages both ways, and reconnects for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/daemon/session/backoff.h"
#include "grpcpp/channel.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// What a session tells its owner; from gRPC's threads, one call at a time, in order. Must not block and must not call
// the session's destructor.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  // `channel`: the connection that bulk streams share; it is given up at OnDisconnected.
  virtual void OnConnected(const std::shared_ptr<grpc::Channel>& channel, const v1::Welcome& welcome) = 0;
  virtual void OnMessage(const v1::CoordinatorMessage& message) = 0;
  // Also after a try that never connected. `reason` in words; the next try comes after `retry_in`.
  virtual void OnDisconnected(const std::string& reason, absl::Duration retry_in) = 0;
};

// Thread-safe. A thread of its own makes and destroys the connections: gRPC ends its callback threads together with the
// last channel, so no channel may ever end on one of those.
class Session {
 public:
  struct Options {
    // A new connection for each try: a fresh look-up of the name, and nothing of the old connection's is sent on it.
    std::function<std::shared_ptr<grpc::Channel>()> make_channel;
    std::function<double()> uniform;  // for the backoff's jitter, in [0, 1)
    // Called with each message that is about to be sent, from several threads, one at a time for each connection. After
    // an error the message is not sent, and the connection ends with the error's words. May be empty.
    std::function<absl::Status(const v1::SiteMessage&)> before_send;
  };
  // `listener` must outlive the session.
  Session(Options options, SessionListener& listener);
  // Ends the stream and waits for its last callback.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Begins to connect, with `hello` as the first message. Once.
  void Start(v1::Hello hello);
  // The hello of later connections.
  void SetHello(v1::Hello hello);
  // Queues a message on the present connection; without one it is dropped (the hello of the next one says what counts).
  // Seeds in it are wiped once it is sent or dropped (proto/transfer/wiped_message.h).
  void Send(v1::SiteMessage message);
  // Drops the connection, with whatever it still had to send, and connects anew at once. Returns when the old
  // connection is gone; not to be called from a listener.
  void Reconnect();

 private:
  class Stream;

  void Run();
  // One connection, from the first try to its end. False when the session is to stop.
  bool RunConnection() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  SessionListener& listener_;  // outlives the session
  absl::Mutex mutex_;
  v1::Hello hello_ ABSL_GUARDED_BY(mutex_);
  Stream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of RunConnection
  uint64_t begun_ ABSL_GUARDED_BY(mutex_) = 0;        // connections so far
  uint64_t ended_ ABSL_GUARDED_BY(mutex_) = 0;        // of these, wholly gone
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool reconnect_now_ ABSL_GUARDED_BY(mutex_) = false;
  Backoff backoff_;  // of the thread
  std::thread thread_;
};

}  // namespace accord
