#include "coordinator/server/site_service.h"

#include "base/hash.h"
#include "base/status.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/download_stream.h"
#include "coordinator/server/session_stream.h"
#include "coordinator/server/upload_stream.h"

namespace accord {

SessionReactor* SiteServiceImpl::Session(grpc::CallbackServerContext* context) {
  auto site = callers_.Require(*context, PeerIdentity::Role::kSite);
  if (!site.ok()) return new RefusedStream<SessionReactor>(site.status());
  return NewSessionStream(*std::move(site), engine_);
}

UploadReactor* SiteServiceImpl::Upload(grpc::CallbackServerContext* context) {
  auto site = callers_.Require(*context, PeerIdentity::Role::kSite);
  if (!site.ok()) return new RefusedStream<UploadReactor>(site.status());
  return NewUploadStream(*std::move(site), engine_, callers_);
}

DownloadReactor* SiteServiceImpl::Download(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  auto site = callers_.Require(*context, PeerIdentity::Role::kSite);
  if (!site.ok()) return new RefusedStream<DownloadReactor>(site.status());
  grpc::ByteBuffer bytes = *request;  // deserialising consumes it
  v1::DownloadRequest message;
  if (!grpc::SerializationTraits<v1::DownloadRequest>::Deserialize(&bytes, &message).ok() ||
      !IsHexDigest(message.name())) {
    return new RefusedStream<DownloadReactor>(
        absl::InvalidArgumentError("name is not 64 lower-case hexadecimal digits"));
  }
  return NewDownloadStream(site->id, message, engine_, chunks_);
}

}  // namespace accord
