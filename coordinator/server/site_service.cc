#include "coordinator/server/site_service.h"

#include "base/hash.h"
#include "base/status.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/object_stream.h"
#include "coordinator/server/session_stream.h"
#include "coordinator/server/upload_stream.h"

namespace accord {

SessionReactor* SiteServiceImpl::Session(grpc::CallbackServerContext* context) {
  auto site = RequireRole(*context, PeerIdentity::Role::kSite);
  if (!site.ok()) return new RefusedStream<SessionReactor>(site.status());
  return NewSessionStream(*std::move(site), engine_);
}

UploadReactor* SiteServiceImpl::Upload(grpc::CallbackServerContext* context) {
  auto site = RequireRole(*context, PeerIdentity::Role::kSite);
  if (!site.ok()) return new RefusedStream<UploadReactor>(site.status());
  return NewUploadStream(*std::move(site), engine_);
}

grpc::ServerWriteReactor<v1::Chunk>* SiteServiceImpl::Download(grpc::CallbackServerContext* context,
                                                               const v1::DownloadRequest* request) {
  using Reactor = grpc::ServerWriteReactor<v1::Chunk>;
  auto site = RequireRole(*context, PeerIdentity::Role::kSite);
  if (!site.ok()) return new RefusedStream<Reactor>(site.status());
  if (!IsHexDigest(request->sha256())) {
    return new RefusedStream<Reactor>(absl::InvalidArgumentError("sha256 is not 64 lower-case hexadecimal digits"));
  }
  constexpr auto chunk_of = [](v1::Chunk& reply) -> v1::Chunk& { return reply; };
  auto* stream = new ObjectStream<v1::Chunk, decltype(chunk_of)>(chunk_of);
  // The call lasts at least until Start, so the answer finds the stream alive.
  engine_.OpenObject(*site, request->sha256(),
                     [stream, offset = request->offset()](absl::StatusOr<std::shared_ptr<const ObjectReader>> object) {
                       stream->Start(std::move(object), offset);
                     });
  return stream;
}

}  // namespace accord
