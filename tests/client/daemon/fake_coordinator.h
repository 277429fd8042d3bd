// A coordinator inside the test: real gRPC on a free loopback port, without TLS, that does as the test says.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "proto/protocol_version.h"

namespace accord {

// Every wait ends after this long, as a failure of the test.
inline constexpr absl::Duration kTestPatience = absl::Seconds(60);

// Thread-safe.
class FakeCoordinator : private v1::SiteService::Service {
 public:
  FakeCoordinator();
  ~FakeCoordinator() override;

  std::shared_ptr<grpc::Channel> MakeChannel() const;

  // ---- what it does; to be set before it happens ----
  struct UploadManners {
    uint64_t first_offset = 0;                 // "received" in the answer to open
    uint64_t break_after = UINT64_MAX;         // bytes of one stream after which it breaks
    uint64_t stop_reading_after = UINT64_MAX;  // bytes of one stream after which it reads no more
    bool lie_about_offset = false;             // acknowledges bytes that were never sent
    std::string refuse = {};                   // with this reason, at open
  };
  void SetUploadManners(const UploadManners& manners);
  void Store(const std::string& name, const std::string& content);
  void BreakNextDownloadAfter(uint64_t num_bytes);
  void CorruptDownloads(bool corrupt);
  void WelcomeWithVersion(uint32_t version);
  void WelcomeWithRoster(const std::string& signed_roster);
  // What else is in a greeting, for whoever says this hello.
  void WelcomeWith(std::function<void(const v1::Hello&, v1::Welcome&)> complete);

  // ---- the session ----
  void Send(const v1::CoordinatorMessage& message);
  // Ends the present session, as a restart would.
  void DropSession();
  // Waits for the next message that `matches`, dropping others; fails the test when none comes.
  v1::SiteMessage AwaitMessage(const std::function<bool(const v1::SiteMessage&)>& matches);
  void AwaitSessions(int count);  // how many there have been

  // ---- uploads ----
  // Waits until an upload is whole and verified, and gives its bytes.
  std::string AwaitUpload();
  // The same for a masked one: its last message.
  v1::UploadClose AwaitMaskedUpload();
  void AwaitUploadBytes(uint64_t count);  // over all streams
  uint64_t upload_bytes() const;
  int uploads_opened() const;
  std::vector<uint64_t> download_offsets() const;

 private:
  using SessionStream = grpc::ServerReaderWriter<v1::CoordinatorMessage, v1::SiteMessage>;
  using UploadStream = grpc::ServerReaderWriter<v1::UploadReply, v1::UploadMessage>;

  grpc::Status Session(grpc::ServerContext* context, SessionStream* stream) override;
  grpc::Status Upload(grpc::ServerContext* context, UploadStream* stream) override;
  grpc::Status Download(grpc::ServerContext* context, const v1::DownloadRequest* request,
                        grpc::ServerWriter<v1::Chunk>* writer) override;
  void Await(const std::function<bool()>& condition, const char* what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  UploadManners manners_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> objects_ ABSL_GUARDED_BY(mutex_);
  uint64_t break_download_after_ ABSL_GUARDED_BY(mutex_) = UINT64_MAX;
  bool corrupt_downloads_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t version_ ABSL_GUARDED_BY(mutex_) = kProtocolVersion;
  std::string signed_roster_ ABSL_GUARDED_BY(mutex_);
  std::function<void(const v1::Hello&, v1::Welcome&)> complete_ ABSL_GUARDED_BY(mutex_);
  SessionStream* session_ ABSL_GUARDED_BY(mutex_) = nullptr;
  grpc::ServerContext* session_context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  int sessions_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<v1::SiteMessage> messages_ ABSL_GUARDED_BY(mutex_);
  std::string staged_ ABSL_GUARDED_BY(mutex_);
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  bool verified_ ABSL_GUARDED_BY(mutex_) = false;
  v1::UploadClose close_ ABSL_GUARDED_BY(mutex_);
  uint64_t upload_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int uploads_opened_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<uint64_t> download_offsets_ ABSL_GUARDED_BY(mutex_);
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace accord
