#include "tests/integration/lying_coordinator.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/server_builder.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

constexpr int kMaxMessageBytes = 64 << 20;

std::string SiteOf(const grpc::ServerContext& context) { return IdentifyPeer(*context.auth_context()).id; }

grpc::Status NoEngine(const absl::Status& status) {
  return {grpc::StatusCode::UNAVAILABLE, std::string(status.message())};
}

}  // namespace

class LyingCoordinator::Service final : public v1::SiteService::Service {
 public:
  explicit Service(LyingCoordinator& liar) : liar_(liar) {}

  grpc::Status Session(grpc::ServerContext* context, SessionStream* stream) override {
    const std::string site = SiteOf(*context);
    const auto channel = liar_.ChannelOf(site);
    if (!channel.ok()) return NoEngine(channel.status());
    grpc::ClientContext engine_context;
    const auto engine = v1::SiteService::NewStub(*channel)->Session(&engine_context);
    {
      absl::MutexLock lock(&liar_.mutex_);
      liar_.sessions_[site] = {stream, context};
    }
    std::thread down([&] {
      for (v1::CoordinatorMessage message; engine->Read(&message);) {
        absl::MutexLock lock(&liar_.mutex_);
        if (liar_.lie_ && !liar_.lie_(site, message)) continue;
        stream->Write(message);
      }
      context->TryCancel();  // wakes the reader below
    });
    for (v1::SiteMessage message; stream->Read(&message);) {
      {
        absl::MutexLock lock(&liar_.mutex_);
        liar_.heard_[site].said.push_back(message);
      }
      if (!engine->Write(message)) break;
    }
    engine_context.TryCancel();
    down.join();
    absl::MutexLock lock(&liar_.mutex_);
    const auto live = liar_.sessions_.find(site);
    if (live != liar_.sessions_.end() && live->second.stream == stream) liar_.sessions_.erase(live);
    return {grpc::StatusCode::UNAVAILABLE, "the engine's session is over"};
  }

  grpc::Status Upload(grpc::ServerContext* context,
                      grpc::ServerReaderWriter<v1::UploadReply, v1::UploadMessage>* stream) override {
    const std::string site = SiteOf(*context);
    const auto channel = liar_.ChannelOf(site);
    if (!channel.ok()) return NoEngine(channel.status());
    grpc::ClientContext engine_context;
    const auto engine = v1::SiteService::NewStub(*channel)->Upload(&engine_context);
    {
      absl::MutexLock lock(&liar_.mutex_);
      ++liar_.heard_[site].uploads;
    }
    std::thread up([&] {
      for (v1::UploadMessage message; stream->Read(&message);) {
        {
          absl::MutexLock lock(&liar_.mutex_);
          Heard& heard = liar_.heard_[site];
          heard.uploaded_bytes += message.ByteSizeLong();
          if (message.has_open()) heard.opened.push_back(message.open());
          if (message.has_close()) heard.closed.push_back(message.close());
          if (message.has_close() && liar_.keeps_closes_) continue;
        }
        if (!engine->Write(message)) return;
      }
      engine->WritesDone();
    });
    for (v1::UploadReply reply; engine->Read(&reply);) stream->Write(reply);
    const grpc::Status status = engine->Finish();
    context->TryCancel();
    up.join();
    return status;
  }

  grpc::Status Download(grpc::ServerContext* context, const v1::DownloadRequest* request,
                        grpc::ServerWriter<v1::Chunk>* writer) override {
    const std::string site = SiteOf(*context);
    const auto channel = liar_.ChannelOf(site);
    if (!channel.ok()) return NoEngine(channel.status());
    grpc::ClientContext engine_context;
    const auto engine = v1::SiteService::NewStub(*channel)->Download(&engine_context, *request);
    for (v1::Chunk chunk; engine->Read(&chunk);) {
      {
        absl::MutexLock lock(&liar_.mutex_);
        if (liar_.chunk_lie_) liar_.chunk_lie_(site, *request, chunk);
      }
      if (!writer->Write(chunk)) engine_context.TryCancel();
    }
    return engine->Finish();
  }

 private:
  LyingCoordinator& liar_;
};

// Certificates are renewed as ever: who a site is is not what is lied about here.
class LyingCoordinator::EnrollmentService final : public v1::Enrollment::Service {
 public:
  explicit EnrollmentService(LyingCoordinator& liar) : liar_(liar) {}

  grpc::Status Renew(grpc::ServerContext* /*context*/, const v1::RenewRequest* request,
                     v1::RenewResponse* response) override {
    const auto channel = liar_.ChannelOf(liar_.federation_.site_name(0));
    if (!channel.ok()) return NoEngine(channel.status());
    grpc::ClientContext context;
    return v1::Enrollment::NewStub(*channel)->Renew(&context, *request, response);
  }

 private:
  LyingCoordinator& liar_;
};

// Here, where the services' types are whole.
LyingCoordinator::LyingCoordinator(const bench::Federation& federation) : federation_(federation) {}

absl::StatusOr<std::unique_ptr<LyingCoordinator>> LyingCoordinator::Start(const bench::Federation& federation) {
  std::unique_ptr<LyingCoordinator> liar(new LyingCoordinator(federation));
  liar->service_ = std::make_unique<Service>(*liar);
  liar->enrollment_ = std::make_unique<EnrollmentService>(*liar);
  ACCORD_ASSIGN_OR_RETURN(const auto credentials, MakeServerCredentials(federation.CoordinatorTls()));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.RegisterService(liar->service_.get());
  builder.RegisterService(liar->enrollment_.get());
  liar->server_ = builder.BuildAndStart();
  if (liar->server_ == nullptr || port == 0) return absl::UnavailableError("the lying coordinator cannot listen");
  liar->address_ = absl::StrCat("localhost:", port);
  return liar;
}

LyingCoordinator::~LyingCoordinator() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> LyingCoordinator::ChannelOf(const std::string& site) {
  for (size_t i = 0; i < federation_.num_sites(); ++i) {
    if (federation_.site_name(i) != site) continue;
    ACCORD_ASSIGN_OR_RETURN(const auto credentials, MakeClientCredentials(federation_.SiteTls(i)));
    std::string engine = federation_.address();
    {
      absl::MutexLock lock(&mutex_);
      const auto told = engines_.find(site);
      if (told != engines_.end()) engine = told->second;
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
    return grpc::CreateCustomChannel(engine, credentials, arguments);
  }
  return absl::NotFoundError(absl::StrCat("there is no site ", site));
}

void LyingCoordinator::Tell(Lie lie) {
  absl::MutexLock lock(&mutex_);
  lie_ = std::move(lie);
}

void LyingCoordinator::TellOfObjects(ChunkLie lie) {
  absl::MutexLock lock(&mutex_);
  chunk_lie_ = std::move(lie);
}

void LyingCoordinator::Serve(const std::string& site, const std::string& engine_address) {
  absl::MutexLock lock(&mutex_);
  engines_[site] = engine_address;
}

void LyingCoordinator::KeepCloses() {
  absl::MutexLock lock(&mutex_);
  keeps_closes_ = true;
}

bool LyingCoordinator::Send(const std::string& site, const v1::CoordinatorMessage& message) {
  absl::MutexLock lock(&mutex_);
  const auto live = sessions_.find(site);
  return live != sessions_.end() && live->second.stream->Write(message);
}

void LyingCoordinator::EndSession(const std::string& site) {
  absl::MutexLock lock(&mutex_);
  const auto live = sessions_.find(site);
  if (live != sessions_.end()) live->second.context->TryCancel();
}

std::vector<v1::SiteMessage> LyingCoordinator::SaidBy(const std::string& site) const {
  absl::MutexLock lock(&mutex_);
  const auto heard = heard_.find(site);
  return heard == heard_.end() ? std::vector<v1::SiteMessage>() : heard->second.said;
}

uint64_t LyingCoordinator::UploadsOf(const std::string& site) const {
  absl::MutexLock lock(&mutex_);
  const auto heard = heard_.find(site);
  return heard == heard_.end() ? 0 : heard->second.uploads;
}

uint64_t LyingCoordinator::UploadedBytesOf(const std::string& site) const {
  absl::MutexLock lock(&mutex_);
  const auto heard = heard_.find(site);
  return heard == heard_.end() ? 0 : heard->second.uploaded_bytes;
}

std::vector<v1::UploadOpen> LyingCoordinator::OpenedBy(const std::string& site) const {
  absl::MutexLock lock(&mutex_);
  const auto heard = heard_.find(site);
  return heard == heard_.end() ? std::vector<v1::UploadOpen>() : heard->second.opened;
}

std::vector<v1::UploadClose> LyingCoordinator::ClosedBy(const std::string& site) const {
  absl::MutexLock lock(&mutex_);
  const auto heard = heard_.find(site);
  return heard == heard_.end() ? std::vector<v1::UploadClose>() : heard->second.closed;
}

}  // namespace accord
