#include "client/daemon/governance/paper_fetch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

constexpr size_t kMostFetches = 64;

}  // namespace

void PaperFetch::Ask(const std::string& job_sha256, std::shared_ptr<grpc::Channel> channel) {
  if (channel == nullptr || waiting_.size() >= kMostFetches) return;
  if (std::find(waiting_.begin(), waiting_.end(), job_sha256) != waiting_.end()) return;
  channel_ = std::move(channel);
  waiting_.push_back(job_sha256);
  if (!object_.has_value()) Next();
}

void PaperFetch::Stop() {
  ++serial_;
  download_.reset();
  object_.reset();
  waiting_.clear();
  channel_.reset();
}

void PaperFetch::Next() {
  while (!waiting_.empty()) {
    const std::string& name = waiting_.front();
    auto object = PartialObject::Create(name, NamedBy::kSha256, kMaxJobBytes, false);
    if (!object.ok() || !surroundings_.may_ask(name)) {
      waiting_.pop_front();
      continue;
    }
    object_ = *std::move(object);
    const uint64_t serial = ++serial_;
    download_ = std::make_unique<Download>(
        channel_, *object_,
        Download::Callbacks{[](uint64_t) {},
                            [this, serial](const DownloadResult& result) {
                              surroundings_.post([this, serial, result] { OnDone(serial, result); });
                            }});
    return;
  }
}

void PaperFetch::OnDone(uint64_t serial, const DownloadResult& result) {
  if (serial != serial_) return;
  download_.reset();
  const std::string name = waiting_.front();
  waiting_.pop_front();
  const PartialObject object = *std::exchange(object_, std::nullopt);
  if (result.outcome == DownloadResult::Outcome::kComplete) {
    if (const auto bytes = object.Read(); bytes.ok()) surroundings_.fetched(name, *bytes);
  } else {
    surroundings_.tell_operator(
        absl::StrCat("the job ", name, ", whose papers came, could not be fetched: ", result.reason));
  }
  Next();
}

}  // namespace accord
