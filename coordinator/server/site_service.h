// What sites call: session, upload, download. Each call is for callers with a site's certificate only.
#pragma once

#include "coordinator/engine/engine.h"
#include "coordinator/server/caller.h"
#include "coordinator/transfer/shared_chunks.h"
#include "proto/accord/v1/wire.grpc.pb.h"

namespace accord {

// Bulk transfers are bytes here: downloads were serialised before, once for all sites; uploads are read in place.
using SiteServiceBase = v1::SiteService::WithCallbackMethod_Session<v1::SiteService::WithRawCallbackMethod_Upload<
    v1::SiteService::WithRawCallbackMethod_Download<v1::SiteService::Service>>>;

class SiteServiceImpl final : public SiteServiceBase {
 public:
  // All must outlive the service.
  SiteServiceImpl(Engine& engine, MemberKeys& keys, Clock& clock) : engine_(engine), callers_(keys, clock) {}

  grpc::ServerBidiReactor<v1::SiteMessage, v1::CoordinatorMessage>* Session(
      grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Upload(grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Download(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request) override;

 private:
  Engine& engine_;
  const Callers callers_;
  SharedChunks chunks_;
};

}  // namespace accord
