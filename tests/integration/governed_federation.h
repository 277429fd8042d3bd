// A test over real processes whose members have a charter (bench/federation/governance.h).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
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
  // The same, published, in a federation that the tests of this program share (RunningFederation::Share): for tests
  // that leave the charter as it is.
  void ShareUnderCharter();
  // The same in two steps, for a charter that is another one and for daemons that start later: nothing runs yet but the
  // coordinator, and people have keys.
  void SetUpPeople(const std::vector<std::string>& more_people = {}, const std::string& site_config = "");
  using Changes = std::vector<std::pair<std::string, std::string>>;  // of the charter's text, each of what is in it
  std::string SignedCharterWith(const Changes& changes, const std::string& name = "charter-1");
  void PinAtSites(const std::string& charter_file);
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
  // With the approvals of lead and steward.
  std::string SubmitWithPeople(const OrderedJob& job);
  // With everybody's approval.
  std::string SubmitApproved(const OrderedJob& job);

  v1::JobReport AwaitWaiting(const std::string& job_id, const std::string& words);
  // Until a refusal of the site's says so, of this job where one is named; its file.
  std::string AwaitRefusalFile(size_t site, const std::string& words, const std::string& job_id = "");
  // What a third party, who is nobody here, reads in such a file, and that it does not with a byte of it changed.
  std::string CheckedOffline(const std::string& refusal_file);
  std::string Path(const std::string& name) const { return federation_->folder() + "/" + name; }

  std::unique_ptr<bench::Governance> governance_;
  std::string charter_;     // file of the first version, signed
  bool is_shared_ = false;  // once the test has ended others may have them

  void TearDown() override;

 private:
  static std::string Or(const absl::StatusOr<std::string>& output);
};

}  // namespace accord
