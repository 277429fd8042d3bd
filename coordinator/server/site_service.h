// What sites call: session, upload, download. Each call is for callers with a site's certificate only.
#pragma once

#include "coordinator/engine/engine.h"
#include "proto/accord/v1/wire.grpc.pb.h"

namespace accord {

class SiteServiceImpl final : public v1::SiteService::CallbackService {
 public:
  // `engine` must outlive the service.
  explicit SiteServiceImpl(Engine& engine) : engine_(engine) {}

  grpc::ServerBidiReactor<v1::SiteMessage, v1::CoordinatorMessage>* Session(
      grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<v1::UploadMessage, v1::UploadReply>* Upload(grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::Chunk>* Download(grpc::CallbackServerContext* context,
                                                const v1::DownloadRequest* request) override;

 private:
  Engine& engine_;
};

}  // namespace accord
