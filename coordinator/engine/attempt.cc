#include "coordinator/engine/attempt.h"

#include <utility>

#include "base/hash.h"
#include "base/status.h"

namespace accord {

Attempt::Attempt(Terms terms, RoundSum sum)
    : terms_(std::move(terms)),
      upload_bytes_(sum.num_bytes()),
      bounds_(terms_.check_uploads ? std::make_shared<const VectorSchema>(sum.schema()) : nullptr),
      sum_(std::make_shared<RoundSum>(std::move(sum))) {}

Attempt::~Attempt() { CloseUploads("this attempt at the round is over"); }

bool Attempt::Is(const v1::PlanId& plan) const {
  return plan.job_id() == terms_.plan.job_id() && plan.step() == terms_.plan.step() &&
         plan.attempt() == terms_.plan.attempt();
}

absl::StatusOr<UploadTicket> Attempt::Open(const std::string& site, const v1::UploadOpen& open, ObjectStore& objects) {
  if (open.num_bytes() != upload_bytes_) {
    return absl::InvalidArgumentError(absl::StrCat("the vector of this step has ", upload_bytes_,
                                                   " bytes, the upload announces ", open.num_bytes(),
                                                   "; do both run the same version of Accord?"));
  }
  // A masked upload names its hash in its signed header, which comes last.
  if (terms_.masked ? !open.vector_name().empty() : !IsHexDigest(open.vector_name())) {
    return absl::InvalidArgumentError(terms_.masked ? "a masked upload is named by its header, not when it is opened"
                                                    : "vector_name is not 64 lower-case hexadecimal digits");
  }
  if (!open.posture_sha256().empty() && !IsHexDigest(open.posture_sha256())) {
    return absl::InvalidArgumentError("posture_sha256 is not 64 lower-case hexadecimal digits");
  }
  std::shared_ptr<StagedUpload>& upload = uploads_[site];
  if (upload != nullptr && upload->vector_name() != open.vector_name()) {
    return absl::FailedPreconditionError(
        "this site announced another vector before in the same attempt; only one is taken");
  }
  if (upload == nullptr) {
    auto created = StagedUpload::Create(objects, upload_bytes_, open.vector_name());
    if (!created.ok()) {
      uploads_.erase(site);
      return created.status();
    }
    upload = *std::move(created);
  }
  postures_[site] = open.posture_sha256();
  return UploadTicket{upload, upload->Attach(), bounds_};
}

std::shared_ptr<StagedUpload> Attempt::Find(const std::string& site) const {
  const auto found = uploads_.find(site);
  return found == uploads_.end() ? nullptr : found->second;
}

std::string Attempt::PostureOf(const std::string& site) const {
  const auto found = postures_.find(site);
  return found == postures_.end() ? "" : found->second;
}

void Attempt::CloseUploads(const std::string& reason) {
  for (auto& [site, upload] : uploads_) upload->Close(reason);
}

}  // namespace accord
