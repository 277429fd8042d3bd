// What a plan needs before anything can be computed: the job's bytes, its own model file if it brings one, and the
// model's parameters. Small ones come inside the plan; the rest is fetched, one object after the other.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"
#include "client/daemon/session/download.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/charter/site_policy.h"

namespace accord {

// Keeps what it has from plan to plan, so that a job is fetched and checked once and a broken fetch goes on where it
// stopped. Not thread-safe; while an object is being fetched, its download alone uses it.
class JobInputs {
 public:
  explicit JobInputs(const v1::SiteConfig& config) : config_(config) {}

  // Turns to `plan`, taking what is inside it, and gives the next object to fetch; nullptr when everything is here.
  // Called again after each fetched object. The errors are reasons to refuse: INVALID_ARGUMENT and FAILED_PRECONDITION
  // for good, others (no memory) for now. `policy`: that the plan was permitted under; null: none.
  absl::StatusOr<PartialObject*> NextMissing(const v1::Plan& plan, const SitePolicy* policy);

  // Once NextMissing has said nullptr.
  const v1::JobSpec& spec() const { return *spec_; }
  const std::string& job_bytes() const { return job_bytes_; }
  const std::string& torchscript() const { return torchscript_; }
  int model_fd() const { return model_->fd(); }

  // Gives the model's memory back; job and TorchScript stay. Otherwise the next model is fetched into it.
  void DropModel() { model_.reset(); }
  // The job's own model file too; it is fetched again when it is wanted.
  void DropTorchScript() {
    torchscript_sha256_.clear();
    torchscript_ = std::string();
  }

 private:
  absl::Status TakeJob(const std::string& bytes, const v1::Plan& plan);
  absl::StatusOr<bool> HaveJob(const v1::Plan& plan);
  absl::StatusOr<bool> HaveTorchScript();
  absl::StatusOr<bool> HaveModel(const v1::Plan& plan);

  const v1::SiteConfig& config_;
  std::optional<PartialObject> fetched_job_;
  std::optional<PartialObject> fetched_torchscript_;
  std::optional<PartialObject> model_;
  std::string job_sha256_;
  std::string job_bytes_;
  std::optional<v1::JobSpec> spec_;
  std::string torchscript_sha256_;
  std::string torchscript_;
};

}  // namespace accord
