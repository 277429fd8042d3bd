// A test over real processes whose members have a charter (bench/federation/governance.h).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/federation/governance.h"
#include "tests/integration/running_federation.h"

namespace accord {

using bench::OrderedJob;

class GovernedFederation : public RunningFederation {
 protected:
  static constexpr size_t kSites = 3;

  // Sites and people, with the first version of the charter signed by all sites and pinned at each, and published at
  // the coordinator unless that keeps none.
  void StartUnderCharter(bool published = true);
  // The next version, signed by all sites; its file.
  std::string Amended(const std::string& former_file);
  std::string HashOfCharter(const std::string& file) { return Or(governance_->HashOfCharter(file)); }

  // The output of a program; the test fails when the program does.
  std::string As(const std::string& person, const std::vector<std::string>& arguments) {
    return Or(governance_->As(person, arguments));
  }
  std::string AtSite(size_t site, const std::vector<std::string>& arguments) {
    return Or(federation_->Client(site, arguments));
  }

  OrderedJob Order(const std::string& job_yaml, const std::string& charter_file);
  std::string ApprovalBy(const std::string& person, const std::string& role, const OrderedJob& job) {
    return Or(governance_->ApprovalBy(person, role, job, charter_));
  }
  // Lead and steward hand their approvals in.
  void ApproveAsPeople(const std::string& job_id, const OrderedJob& job, const std::string& charter_file);
  void ApproveAtSite(size_t site, const OrderedJob& job);
  void ApproveAtSites(const OrderedJob& job);
  // With everybody's approval.
  std::string SubmitApproved(const OrderedJob& job);

  v1::JobReport AwaitWaiting(const std::string& job_id, const std::string& words);
  // Until a refusal of the site's says so; its file.
  std::string AwaitRefusalFile(size_t site, const std::string& words);
  std::string Path(const std::string& name) const { return federation_->folder() + "/" + name; }

  std::unique_ptr<bench::Governance> governance_;
  std::string charter_;  // file of the first version, signed

 private:
  static std::string Or(const absl::StatusOr<std::string>& output);
};

}  // namespace accord
