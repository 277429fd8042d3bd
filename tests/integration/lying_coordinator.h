// A coordinator that its attacker wrote: it holds the coordinator's own certificate and key, stands where the sites look
// for their coordinator, and has the honest engine behind it for what it does not lie about. Every message on its way
// to a site passes through the lie of the moment, which may change it, keep it back, or note it.
//
// Towards the engine it calls under the sites' own certificates, which the attacker does not have: coordinator and relay
// are one party here, and how its halves know each other is nothing that a site could see.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "bench/federation/federation.h"
#include "grpcpp/channel.h"
#include "grpcpp/server.h"
#include "proto/accord/v1/wire.grpc.pb.h"

namespace accord {

// Thread-safe.
class LyingCoordinator {
 public:
  // Of one message to one site. False: it is never sent. Called on threads of the sessions, one call at a time.
  using Lie = std::function<bool(const std::string& site, v1::CoordinatorMessage& message)>;
  // Of one piece of a stored object on its way to a site.
  using ChunkLie = std::function<void(const std::string& site, const v1::DownloadRequest& request, v1::Chunk& chunk)>;

  // Listens on a free port of this machine. `federation` must outlive it.
  static absl::StatusOr<std::unique_ptr<LyingCoordinator>> Start(const bench::Federation& federation);
  // Ends every call.
  ~LyingCoordinator();

  const std::string& address() const { return address_; }  // HOST:PORT

  // From now on, in place of what it told before.
  void Tell(Lie lie);
  void TellTheTruth() { Tell({}); }
  void TellOfObjects(ChunkLie lie);
  // The engine that this site's calls go to, from the next call on: one of two, for a coordinator with two stories.
  void Serve(const std::string& site, const std::string& engine_address);
  // From now on what closes a masked upload stays here: no engine hears that the site's part is whole.
  void KeepCloses();
  // A message that no engine sent, in the site's session. False: it has none.
  bool Send(const std::string& site, const v1::CoordinatorMessage& message);
  // Ends the site's session; its daemon comes back by itself.
  void EndSession(const std::string& site);

  // What reached it from a site.
  std::vector<v1::SiteMessage> SaidBy(const std::string& site) const;
  // Calls of Upload that the site opened, and their messages' bytes.
  uint64_t UploadsOf(const std::string& site) const;
  uint64_t UploadedBytesOf(const std::string& site) const;
  std::vector<v1::UploadOpen> OpenedBy(const std::string& site) const;
  std::vector<v1::UploadClose> ClosedBy(const std::string& site) const;

 private:
  class Service;
  class EnrollmentService;
  struct Heard {
    std::vector<v1::SiteMessage> said;
    std::vector<v1::UploadOpen> opened;
    std::vector<v1::UploadClose> closed;
    uint64_t uploads = 0;
    uint64_t uploaded_bytes = 0;
  };
  using SessionStream = grpc::ServerReaderWriter<v1::CoordinatorMessage, v1::SiteMessage>;
  struct LiveSession {
    SessionStream* stream;
    grpc::ServerContext* context;
  };

  explicit LyingCoordinator(const bench::Federation& federation);
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelOf(const std::string& site);

  const bench::Federation& federation_;
  std::string address_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<EnrollmentService> enrollment_;
  mutable absl::Mutex mutex_;
  Lie lie_ ABSL_GUARDED_BY(mutex_);
  ChunkLie chunk_lie_ ABSL_GUARDED_BY(mutex_);
  bool keeps_closes_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::string> engines_ ABSL_GUARDED_BY(mutex_);  // of sites that were told one
  std::map<std::string, LiveSession> sessions_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Heard> heard_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace accord
