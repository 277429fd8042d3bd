#include "client/daemon/session/upload.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/transfer/chunk_bytes.h"

namespace accord {
namespace {

constexpr char kUploadMethod[] = "/accord.v1.SiteService/Upload";

}  // namespace

Upload::Upload(const std::shared_ptr<grpc::Channel>& channel, const v1::UploadOpen& open, UploadSource& source,
               Callbacks callbacks)
    : source_(source), has_close_(open.vector_name().empty()), callbacks_(std::move(callbacks)), stub_(channel) {
  stub_.PrepareBidiStreamingCall(&context_, kUploadMethod, grpc::StubOptions(), this);
  v1::UploadMessage first;
  *first.mutable_open() = open;
  outgoing_ = Serialise(first);
  {
    absl::MutexLock lock(&mutex_);
    writing_ = true;
  }
  StartWrite(&outgoing_);
  StartRead(&incoming_);
  StartCall();
}

Upload::~Upload() {
  context_.TryCancel();
  finished_.WaitForNotification();
}

void Upload::OnWriteDone(bool ok) {
  bool produced = false;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) ended_ = true;
    WriteNext();
    produced = TakeProduced();
  }
  if (produced) callbacks_.produced();
}

void Upload::Close(v1::UploadClose close) {
  absl::MutexLock lock(&mutex_);
  close_ = std::move(close);
  WriteNext();
}

bool Upload::TakeProduced() {
  if (!has_close_ || !started_ || produced_ || sent_ < source_.num_bytes()) return false;
  produced_ = true;
  return true;
}

void Upload::OnReadDone(bool ok) {
  bool go_on = false;
  bool produced = false;
  uint64_t received = 0;
  {
    absl::MutexLock lock(&mutex_);
    go_on = ok && TakeReply();
    if (!go_on) ended_ = true;
    received = received_;
    if (go_on) WriteNext();
    produced = go_on && TakeProduced();
  }
  if (produced) callbacks_.produced();
  if (!go_on) {
    if (ok) context_.TryCancel();  // what the coordinator still has to say is of no interest
    return;
  }
  callbacks_.progress(received);
  StartRead(&incoming_);
}

bool Upload::TakeReply() {
  switch (incoming_.kind_case()) {
    case v1::UploadReply::kReceived:
      return TakeOffset(incoming_.received());
    case v1::UploadReply::kVerified:
      result_.outcome = UploadResult::Outcome::kVerified;
      return false;
    case v1::UploadReply::kRefused:
      result_.outcome = UploadResult::Outcome::kRefused;
      result_.reason = incoming_.refused();
      return false;
    case v1::UploadReply::KIND_NOT_SET:
      break;
  }
  result_.reason = "the coordinator sent a reply that this version does not know";
  return false;
}

bool Upload::TakeOffset(uint64_t received) {
  const bool plausible = started_ ? received >= received_ && received <= sent_ : received <= source_.num_bytes();
  if (!plausible) {
    result_.reason = absl::StrCat("the coordinator acknowledged ", received, " bytes, which were never sent");
    return false;
  }
  if (!started_) sent_ = begun_ = received;
  started_ = true;
  received_ = received;
  return true;
}

void Upload::WriteNext() {
  if (writing_ || ended_ || !started_) return;
  if (sent_ == source_.num_bytes()) return WriteClose();
  if (sent_ - received_ >= kWindowBytes) return;
  const uint64_t size = std::min<uint64_t>(kChunkBytes, source_.num_bytes() - sent_);
  NewSlice data(size);
  if (absl::Status filled = source_.Fill(sent_, data.bytes()); !filled.ok()) {
    ended_ = true;
    result_.outcome = UploadResult::Outcome::kRefused;
    result_.reason = std::string(filled.message());
    return context_.TryCancel();
  }
  outgoing_ = MakeUploadChunk(sent_, data.slice());
  sent_ += size;
  writing_ = true;
  StartWrite(&outgoing_);
}

void Upload::WriteClose() {
  if (!close_.has_value()) return;
  v1::UploadMessage last;
  *last.mutable_close() = *std::move(close_);
  outgoing_ = Serialise(last);
  close_.reset();
  writing_ = true;
  StartWrite(&outgoing_);
}

void Upload::OnDone(const grpc::Status& status) {
  UploadResult result;
  {
    absl::MutexLock lock(&mutex_);
    result = result_;
    result.bytes_sent = sent_ - begun_;
  }
  if (result.outcome == UploadResult::Outcome::kBroken && result.reason.empty()) result.reason = status.error_message();
  callbacks_.done(result);
  finished_.Notify();
}

}  // namespace accord
