// A federation whose members have a charter: an engineer ("engineer", who is enrolled with every federation), a lead
// ("bela") and a steward ("clara") at their own desks, and sites that approve for themselves. Every step goes through
// the programs' own command lines, as people would do it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/federation/federation.h"

namespace accord::bench {

// A job with what its engineer signed.
struct OrderedJob {
  std::string yaml;  // paths of files
  std::string order;
  std::string hash;  // of the order
};

// Not thread-safe.
class Governance {
 public:
  // Logs the people in. `federation` must outlive it, and its sites release the data set "trivial" (jobs.h).
  static absl::StatusOr<std::unique_ptr<Governance>> Create(Federation& federation);

  // A further person at an own desk; what the charter says of them is the caller's to add.
  absl::Status LogIn(const std::string& person);
  // A person's line of a charter. `role`: as the charter writes it; of the organisation of this site.
  absl::StatusOr<std::string> LineOf(const std::string& person, const std::string& role, size_t site = 0);

  // A charter of this version over all sites; of the first one `former_sha256` is empty.
  absl::StatusOr<std::string> CharterText(int version = 1, const std::string& former_sha256 = "");
  // Has all sites sign it; its file.
  absl::StatusOr<std::string> SignedBySites(const std::string& yaml, const std::string& name);
  absl::StatusOr<std::string> HashOfCharter(const std::string& file);
  absl::Status Publish(const std::string& charter_file);
  absl::Status PinEverywhere(const std::string& charter_file, bool replaces = false);

  // What `accord ARGUMENTS` prints for one of the people.
  absl::StatusOr<std::string> As(const std::string& person, const std::vector<std::string>& arguments);

  // By the engineer, under a charter's file.
  absl::StatusOr<OrderedJob> Order(const std::string& job_yaml, const std::string& charter_file);
  // `approvals`: files. The job's id.
  absl::StatusOr<std::string> Submit(const OrderedJob& job, const std::vector<std::string>& approvals = {});
  // The file of an approval.
  absl::StatusOr<std::string> ApprovalBy(const std::string& person, const std::string& role, const OrderedJob& job,
                                         const std::string& charter_file);
  // Those of lead and steward.
  absl::StatusOr<std::vector<std::string>> PeoplesApprovals(const OrderedJob& job, const std::string& charter_file);
  // Until the order was brought to the site. DEADLINE_EXCEEDED with what the site lists.
  absl::Status AwaitOrderAtSite(size_t site, const OrderedJob& job, absl::Duration patience = absl::Minutes(1));
  absl::Status ApproveAtSite(size_t site, const OrderedJob& job);

 private:
  Governance(Federation& federation, absl::Time not_before) : federation_(federation), not_before_(not_before) {}
  // The member of what this command prints as JSON.
  absl::StatusOr<std::string> FieldOf(const std::string& person, const std::vector<std::string>& arguments,
                                      const std::string& field);
  std::string Path(const std::string& name) const { return federation_.folder() + "/" + name; }

  Federation& federation_;
  const absl::Time not_before_;
  int num_files_ = 0;
};

}  // namespace accord::bench
