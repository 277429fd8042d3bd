#include "tests/client/daemon/fake_coordinator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "client/daemon/session/channel.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

constexpr uint64_t kChunkBytes = uint64_t{1} << 20;

v1::UploadReply Received(uint64_t count) {
  v1::UploadReply reply;
  reply.set_received(count);
  return reply;
}

}  // namespace

FakeCoordinator::FakeCoordinator() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  builder.SetMaxReceiveMessageSize(2 << 20);
  server_ = builder.BuildAndStart();
}

FakeCoordinator::~FakeCoordinator() {
  {
    absl::MutexLock lock(&mutex_);
    released_ = true;
  }
  server_->Shutdown(std::chrono::system_clock::now());
}

std::shared_ptr<grpc::Channel> FakeCoordinator::MakeChannel() const {
  return MakeCoordinatorChannel(absl::StrCat("127.0.0.1:", port_), "", grpc::InsecureChannelCredentials());
}

void FakeCoordinator::SetUploadManners(const UploadManners& manners) {
  absl::MutexLock lock(&mutex_);
  manners_ = manners;
}

void FakeCoordinator::Store(const std::string& name, const std::string& content) {
  absl::MutexLock lock(&mutex_);
  objects_[name] = content;
}

void FakeCoordinator::BreakNextDownloadAfter(uint64_t num_bytes) {
  absl::MutexLock lock(&mutex_);
  break_download_after_ = num_bytes;
}

void FakeCoordinator::CorruptDownloads(bool corrupt) {
  absl::MutexLock lock(&mutex_);
  corrupt_downloads_ = corrupt;
}

void FakeCoordinator::WelcomeWithVersion(uint32_t version) {
  absl::MutexLock lock(&mutex_);
  version_ = version;
}

void FakeCoordinator::WelcomeWithRoster(const std::string& signed_roster) {
  absl::MutexLock lock(&mutex_);
  signed_roster_ = signed_roster;
}

void FakeCoordinator::WelcomeWith(std::function<void(const v1::Hello&, v1::Welcome&)> complete) {
  absl::MutexLock lock(&mutex_);
  complete_ = std::move(complete);
}

void FakeCoordinator::Await(const std::function<bool()>& condition, const char* what) {
  if (!mutex_.AwaitWithTimeout(absl::Condition(&condition), kTestPatience)) ADD_FAILURE() << "waited for " << what;
}

grpc::Status FakeCoordinator::Session(grpc::ServerContext* context, SessionStream* stream) {
  v1::SiteMessage message;
  if (!stream->Read(&message)) return grpc::Status::OK;
  {
    absl::MutexLock lock(&mutex_);
    messages_.push_back(message);
    v1::CoordinatorMessage welcome;
    welcome.mutable_welcome()->set_protocol_version(version_);
    welcome.mutable_welcome()->set_site("basel");
    welcome.mutable_welcome()->set_signed_roster(signed_roster_);
    if (complete_) complete_(message.hello(), *welcome.mutable_welcome());
    stream->Write(welcome);
    session_ = stream;
    session_context_ = context;
    ++sessions_;
  }
  while (stream->Read(&message)) {
    absl::MutexLock lock(&mutex_);
    messages_.push_back(message);
  }
  absl::MutexLock lock(&mutex_);
  if (session_ == stream) session_ = nullptr;
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the coordinator restarts");
}

void FakeCoordinator::Send(const v1::CoordinatorMessage& message) {
  absl::MutexLock lock(&mutex_);
  Await([this] { return session_ != nullptr; }, "a session");
  if (session_ != nullptr) session_->Write(message);
}

void FakeCoordinator::DropSession() {
  absl::MutexLock lock(&mutex_);
  if (session_ != nullptr) session_context_->TryCancel();
}

v1::SiteMessage FakeCoordinator::AwaitMessage(const std::function<bool(const v1::SiteMessage&)>& matches) {
  absl::MutexLock lock(&mutex_);
  const auto find = [&] { return std::find_if(messages_.begin(), messages_.end(), matches); };
  Await([&] { return find() != messages_.end(); }, "a message of the site");
  const auto found = find();
  if (found == messages_.end()) return {};
  const v1::SiteMessage message = *found;
  messages_.erase(messages_.begin(), found + 1);
  return message;
}

void FakeCoordinator::AwaitSessions(int count) {
  absl::MutexLock lock(&mutex_);
  Await([&] { return sessions_ >= count; }, "a session");
}

grpc::Status FakeCoordinator::Upload(grpc::ServerContext*, UploadStream* stream) {
  v1::UploadMessage message;
  if (!stream->Read(&message) || !message.has_open()) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "open");
  const v1::UploadOpen open = message.open();
  UploadManners manners;
  {
    absl::MutexLock lock(&mutex_);
    ++uploads_opened_;
    manners = manners_;
    staged_.resize(std::max<size_t>(staged_.size(), manners.first_offset));
  }
  v1::UploadReply reply;
  if (!manners.refuse.empty()) {
    reply.set_refused(manners.refuse);
    stream->Write(reply);
    return grpc::Status::OK;
  }
  uint64_t held = manners.first_offset;
  stream->Write(Received(manners.lie_about_offset ? open.num_bytes() + 1 : held));
  uint64_t of_stream = 0;
  while (held < open.num_bytes() && stream->Read(&message)) {
    const v1::Chunk& chunk = message.chunk();
    EXPECT_EQ(chunk.offset(), held);
    EXPECT_EQ(Crc32c(0, chunk.data().data(), chunk.data().size()), chunk.crc32c());
    held += chunk.data().size();
    of_stream += chunk.data().size();
    {
      absl::MutexLock lock(&mutex_);
      staged_.resize(chunk.offset());
      staged_.append(chunk.data());
      upload_bytes_ += chunk.data().size();
    }
    if (of_stream >= manners.break_after) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "link down");
    if (of_stream >= manners.stop_reading_after) {
      absl::MutexLock lock(&mutex_);
      Await([this] { return released_; }, "the end of a stalled upload");
      return grpc::Status::CANCELLED;
    }
    stream->Write(Received(held));
  }
  if (held < open.num_bytes()) return grpc::Status::CANCELLED;
  const bool masked = open.vector_name().empty();
  if (masked && (!stream->Read(&message) || !message.has_close())) return grpc::Status::CANCELLED;
  absl::MutexLock lock(&mutex_);
  verified_ = true;
  if (masked) close_ = message.close();
  reply.mutable_verified();
  stream->Write(reply);
  return grpc::Status::OK;
}

std::string FakeCoordinator::AwaitUpload() {
  absl::MutexLock lock(&mutex_);
  Await([this] { return verified_; }, "a whole upload");
  verified_ = false;
  return staged_;
}

v1::UploadClose FakeCoordinator::AwaitMaskedUpload() {
  AwaitUpload();
  absl::MutexLock lock(&mutex_);
  return close_;
}

void FakeCoordinator::AwaitUploadBytes(uint64_t count) {
  absl::MutexLock lock(&mutex_);
  Await([&] { return upload_bytes_ >= count; }, "bytes of an upload");
}

uint64_t FakeCoordinator::upload_bytes() const {
  absl::MutexLock lock(&mutex_);
  return upload_bytes_;
}

int FakeCoordinator::uploads_opened() const {
  absl::MutexLock lock(&mutex_);
  return uploads_opened_;
}

std::vector<uint64_t> FakeCoordinator::download_offsets() const {
  absl::MutexLock lock(&mutex_);
  return download_offsets_;
}

grpc::Status FakeCoordinator::Download(grpc::ServerContext*, const v1::DownloadRequest* request,
                                       grpc::ServerWriter<v1::Chunk>* writer) {
  std::string content;
  uint64_t break_after = UINT64_MAX;
  bool corrupt = false;
  {
    absl::MutexLock lock(&mutex_);
    download_offsets_.push_back(request->offset());
    const auto found = objects_.find(request->name());
    if (found == objects_.end()) return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such object");
    content = found->second;
    std::swap(break_after, break_download_after_);
    corrupt = corrupt_downloads_;
  }
  uint64_t sent = 0;
  for (uint64_t offset = request->offset(); offset < content.size(); offset += kChunkBytes) {
    v1::Chunk chunk;
    chunk.set_offset(offset);
    chunk.set_data(content.substr(offset, kChunkBytes));
    chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
    if (corrupt) (*chunk.mutable_data())[0] = static_cast<char>(chunk.data()[0] ^ 1);
    sent += chunk.data().size();
    if (!writer->Write(chunk)) return grpc::Status::CANCELLED;
    if (sent >= break_after) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "link down");
  }
  return grpc::Status::OK;
}

}  // namespace accord
