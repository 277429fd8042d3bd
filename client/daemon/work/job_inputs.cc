#include "client/daemon/work/job_inputs.h"

#include <utility>

#include "base/status.h"
#include "client/daemon/work/admission.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

absl::StatusOr<PartialObject> ModelFromPlan(const std::string& bytes, const std::string& digest) {
  ACCORD_ASSIGN_OR_RETURN(PartialObject object,
                          PartialObject::Create(digest, NamedBy::kContentDigest, bytes.size(), true));
  if (absl::Status status = object.Fill(bytes); !status.ok()) {
    return absl::InvalidArgumentError("the model inside the coordinator's plan is not the one that the plan names");
  }
  return object;
}

// Makes `slot` the object of this name, keeping what it has of it already.
absl::Status TurnTo(std::optional<PartialObject>& slot, const std::string& name, NamedBy named_by, uint64_t max_bytes,
                    bool exact) {
  if (slot.has_value() && slot->name() == name) return absl::OkStatus();
  if (slot.has_value() && exact && slot->StartOver(name, max_bytes)) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(slot, PartialObject::Create(name, named_by, max_bytes, exact));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PartialObject*> JobInputs::NextMissing(const v1::Plan& plan, const SitePolicy* policy) {
  ACCORD_ASSIGN_OR_RETURN(const bool have_job, HaveJob(plan));
  if (!have_job) return &*fetched_job_;
  ACCORD_RETURN_IF_ERROR(CheckJob(*spec_, plan, config_, policy));
  ACCORD_ASSIGN_OR_RETURN(const bool have_torchscript, HaveTorchScript());
  if (!have_torchscript) return &*fetched_torchscript_;
  ACCORD_ASSIGN_OR_RETURN(const bool have_model, HaveModel(plan));
  return have_model ? nullptr : &*model_;
}

absl::Status JobInputs::TakeJob(const std::string& bytes, const v1::Plan& plan) {
  auto spec = ParseJobSpec(bytes);
  if (!spec.ok()) return Annotate(spec.status(), "the job cannot be accepted");
  spec_ = *std::move(spec);
  job_bytes_ = bytes;
  job_sha256_ = plan.job_sha256();
  return absl::OkStatus();
}

absl::StatusOr<bool> JobInputs::HaveJob(const v1::Plan& plan) {
  if (job_sha256_ == plan.job_sha256()) return true;
  // One id stands for one job: its bytes were agreed to once and never change.
  if (spec_.has_value()) return absl::InvalidArgumentError("the coordinator changed the job after it had begun");
  if (!plan.job_inline().empty()) {
    if (plan.job_inline().size() > kMaxJobBytes || Sha256Hex(plan.job_inline()) != plan.job_sha256()) {
      return absl::InvalidArgumentError("the job inside the coordinator's plan is not the one that the plan names");
    }
    ACCORD_RETURN_IF_ERROR(TakeJob(plan.job_inline(), plan));
    return true;
  }
  ACCORD_RETURN_IF_ERROR(TurnTo(fetched_job_, plan.job_sha256(), NamedBy::kSha256, kMaxJobBytes, false));
  if (!fetched_job_->complete()) return false;
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, fetched_job_->Read());
  ACCORD_RETURN_IF_ERROR(TakeJob(bytes, plan));
  fetched_job_.reset();
  return true;
}

absl::StatusOr<bool> JobInputs::HaveTorchScript() {
  if (!spec_->model().has_torchscript()) return true;
  const std::string& sha256 = spec_->model().torchscript().sha256();
  if (torchscript_sha256_ == sha256) return true;
  ACCORD_RETURN_IF_ERROR(TurnTo(fetched_torchscript_, sha256, NamedBy::kSha256, kMaxTorchScriptBytes, false));
  if (!fetched_torchscript_->complete()) return false;
  ACCORD_ASSIGN_OR_RETURN(torchscript_, fetched_torchscript_->Read());
  torchscript_sha256_ = sha256;
  fetched_torchscript_.reset();
  return true;
}

absl::StatusOr<bool> JobInputs::HaveModel(const v1::Plan& plan) {
  const bool here = model_.has_value() && model_->name() == plan.model_digest() && model_->complete();
  if (!here && !plan.model_inline().empty()) {
    ACCORD_ASSIGN_OR_RETURN(model_, ModelFromPlan(plan.model_inline(), plan.model_digest()));
  } else if (!here) {
    ACCORD_RETURN_IF_ERROR(TurnTo(model_, plan.model_digest(), NamedBy::kContentDigest, plan.model_bytes(), true));
    if (!model_->complete()) return false;
  }
  // The trainer gets the descriptor: it can read the model but never change what a second attempt computes from.
  ACCORD_RETURN_IF_ERROR(model_->Seal());
  return true;
}

}  // namespace accord
