// What one job is ordered and approved by, as the coordinator keeps it and shows it to sites.
//
// The coordinator's own judgement only gives honest people an early answer and keeps the log true: each site judges the
// same files again, with its own clock and its own pinned charter, and believes nothing else.
//
// Adversary: whoever handed the files in. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/store/job_store.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/charter/approval.h"
#include "trust/charter/judge.h"
#include "trust/charter/order_findings.h"

namespace accord {

// An approval's lines are short: the longest that can be written has less than half of this.
inline constexpr size_t kMaxApprovalFileBytes = 4096;
// Statements of one person or site about one order; who decides anew does so a few times.
inline constexpr size_t kMaxApprovalsOfOne = 8;
// Of kMaxApprovals so many are not for sites: however many of them say something, people can still approve and refuse.
inline constexpr size_t kPlacesOfPeople = 200;

class JobPapers {
 public:
  // Of a job that is in the store. DATA_LOSS: what is stored are no statements.
  static absl::StatusOr<JobPapers> Load(std::string job_bytes, StoredPapers stored);
  // Of a new one; nullopt: it runs without, since there is no charter. FAILED_PRECONDITION: a charter is in force and
  // there is no order, or the other way round; INVALID_ARGUMENT: the order will never run this job, with all reasons;
  // or it is not by `brought_by`, who submits the job; or one of the files is no statement or does not count.
  static absl::StatusOr<std::optional<StoredPapers>> Accept(std::string job_bytes, const std::string& order,
                                                            const std::vector<std::string>& approvals,
                                                            const std::string& brought_by, const CharterState& state,
                                                            absl::Time now);

  // Judges them as things are now. The result lives until the next call.
  const OrderFindings& Examine(const CharterState& state, absl::Time now);

  // What is to be stored of an approval or a refusal that was handed in; its text is `file`. ALREADY_EXISTS: it is
  // there, or the same one's refusal is, of which one is enough for ever. INVALID_ARGUMENT: it never will count, and
  // why; or the job is none for this site. FAILED_PRECONDITION: no charter is active, or the order is not its
  // engineer's. RESOURCE_EXHAUSTED: there are too many.
  absl::StatusOr<StoredApproval> Check(const std::string& file, const std::string& brought_by,
                                       const CharterState& state, absl::Time now);
  // Once it is stored.
  void Add(StoredApproval approval);
  // The same of an ombudsman's stop of this job. ALREADY_EXISTS: it is stopped; INVALID_ARGUMENT: it stops nothing
  // here, and why; FAILED_PRECONDITION: no charter is active.
  absl::StatusOr<StoredStop> CheckStop(const std::string& file, const std::string& brought_by,
                                       const CharterState& state, absl::Time now) const;
  void Add(StoredStop stop) { stored_.stop = std::move(stop); }
  // Why an ombudsman stopped the job, in words; empty: none did.
  std::string WhyStopped() const;

  const StoredPapers& stored() const { return stored_; }
  const Sha256Digest& charter_hash() const { return order_.charter; }
  // As sites are shown it.
  std::shared_ptr<const v1::CoordinatorMessage> Message(const std::string& job_id) const;
  // One that ends the job; a site that refuses is left out.
  bool HasRefusalOfPerson() const;

 private:
  JobPapers(std::string job_bytes, StoredPapers stored) : job_bytes_(std::move(job_bytes)), stored_(std::move(stored)) {
    // Where the bytes are none, the order does not hold, which its judgement says.
    if (!spec_.ParseFromString(job_bytes_)) spec_.Clear();
  }
  absl::Status Read();
  absl::Status ReadApproval(const std::string& file);
  absl::Status CheckRoom(const Approval& said) const;
  bool IsRefusedBy(const std::string& identity) const;
  HandedJob Handed() const { return {job_bytes_, signed_order_, signed_approvals_}; }
  // Signatures that were checked under other keys count for nothing.
  void KeepMemoryUnder(const CharterState& state);

  std::string job_bytes_;
  v1::JobSpec spec_;
  StoredPapers stored_;
  SignedStatement signed_order_;
  JobOrder order_;
  std::vector<SignedStatement> signed_approvals_;
  std::vector<Approval> approvals_;
  OrderFindings findings_;
  JudgeMemory memory_;
  int64_t memory_roster_ = 0, memory_charter_ = 0;  // ordinals
};

// For a job's report. What cannot be read is left out.
std::optional<v1::JobStop> StopOf(const StoredPapers& papers);
v1::Mandate MandateOf(const StoredPapers& papers);
// Approvals that it still needs, of people and of sites: "steward 0 of 1", "sites 1 of 3".
std::vector<std::string> MissingOf(const OrderFindings& findings);
// "waits for approvals: steward 0 of 1; the charter's hours ...".
std::string WaitingForPapers(const OrderFindings& findings);

}  // namespace accord
