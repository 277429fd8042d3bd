// Jobs and their rounds, as they survive a crash.
//
// The invariants: a job's exact bytes are never changed; attempt numbers below `next_attempt` may have been sent and
// are never used again; a round that is stored as finished has its model stored, and the job's step is past it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

struct JobRecord {
  std::string id;
  std::string submitted_by;
  std::string request_id;
  int64_t submitted_unix_ms = 0;
  int64_t finished_unix_ms = 0;
  std::string spec_bytes;  // exactly as submitted
  v1::ParameterLayout layout;
  std::string torchscript_sha256;        // empty where the job brings no model of its own
  v1::JobState state = v1::JOB_WAITING;  // not kept in step while the job runs: final, or JOB_WAITING
  std::string reason;
  uint32_t step = 0;          // next step to do
  uint32_t next_attempt = 1;  // greater than every number ever sent
  std::optional<v1::ColumnStatistics> statistics;
  std::string model_digest;       // latest model: its name, 64 hexadecimal digits
  std::string server_state;       // object with the server's rule's state (server_state.h); empty: none yet
  bool models_by_sha256 = false;  // a job of before, whose models have other names (object_name.h)
};

// Something that was handed in for a job's order.
struct StoredApproval {
  std::string file;          // the signed statement (trust/charter/approval.h), as it was handed in
  std::string organisation;  // of the person who signed it; empty: a site
  std::string brought_by;    // "person/ID" or "site/ID": who handed it in
  int64_t received_unix_ms = 0;
};

// An ombudsman's stop of a job.
struct StoredStop {
  std::string file;          // the signed statement (trust/charter/job_stop.h), as it was handed in
  std::string organisation;  // of the ombudsman
  std::string brought_by;    // "person/ID"
  int64_t received_unix_ms = 0;
};

// What a job that runs under a charter is judged by.
struct StoredPapers {
  std::string order;         // the signed statement (trust/charter/job_order.h), as it was handed in
  std::string charter_name;  // "heart-network, version 2"
  std::string organisation;  // of the engineer
  std::vector<StoredApproval> approvals;
  std::optional<StoredStop> stop;  // one is enough
};

// A new job. `inline_model`: the initial model's bytes where it lies in the database, else empty.
struct JobSubmission {
  JobRecord record;
  std::string inline_model;
  std::optional<StoredPapers> papers;
};

// What the survivors of an opened secure sum signed.
struct SignedSum {
  Sha256Digest transcript{};
  Sha256Digest survivors_hash{};
};

// Everything that the end of one round makes true at once.
struct RoundClose {
  std::string job_id;
  v1::RoundReport report;
  std::optional<SignedSum> sum;  // nullopt: none was made in this attempt
  uint32_t next_step = 0;
  uint32_t next_attempt = 0;
  std::string model_digest;
  uint64_t model_bytes = 0;
  bool keeps_earlier_model = false;                // the model is an earlier round's: none was made
  std::string inline_model;                        // the new model's bytes where it lies in the database, else empty
  std::optional<v1::ColumnStatistics> statistics;  // nullopt: as before
  std::string server_state;                        // empty: as before
  std::string inline_server_state;                 // its bytes where it lies in the database, else empty
  std::optional<Sha256Digest> place;               // of a secure sum: over it the shown sets of these sites are done
  std::vector<v1::SiteFact> new_sites;             // of sites that took part for the first time
};

// Thread-safe. Every change is durable when the call returns, at the cost of one fsync; those that are marked stand in
// the log as well, by the same transaction. Errors of Database beside the ones named.
class JobStore {
 public:
  // Jobs of one person that are not over: more than anybody follows, and so few that ten stolen keys fill no site's
  // store of 1,000 orders.
  static constexpr int kMostUnfinishedJobs = 100;

  // Both must outlive the store.
  JobStore(Database& database, FederationLog& log) : database_(database), log_(log) {}

  // In the log: the job, the model that it starts from, its order and approvals. ALREADY_EXISTS: another job has the
  // order. FAILED_PRECONDITION: a charter is in force by now, and the job has no order under it; or an ombudsman
  // stopped a job of the same bytes. RESOURCE_EXHAUSTED as of CheckRoomFor.
  absl::Status AddJob(const JobSubmission& submission);
  // RESOURCE_EXHAUSTED: the person has kMostUnfinishedJobs jobs that are not over.
  absl::Status CheckRoomFor(const std::string& person);
  // An approval of the job's order, or a refusal; one whose text is there already changes nothing. In the log, and
  // never behind the job's end. FAILED_PRECONDITION: the job is over. NOT_FOUND: no such job.
  absl::Status AddApproval(const std::string& job_id, const StoredApproval& approval);
  // A stop of the job; one that is there already stays, and the other changes nothing. In the log, and never behind the
  // job's end. FAILED_PRECONDITION: the job is over. NOT_FOUND: no such job.
  absl::Status AddStop(const std::string& job_id, const StoredStop& stop);
  // Whether the job came with an order; false also where there is no such job.
  absl::StatusOr<bool> IsOrdered(const std::string& job_id);
  // nullopt: the job runs without.
  absl::StatusOr<std::optional<StoredPapers>> Papers(const std::string& job_id);
  // In the log: the round, and the model if it made another one.
  absl::Status CloseRound(const RoundClose& close);
  // An attempt that made no sum. In the log.
  absl::Status RecordAbandoned(const std::string& job_id, const v1::RoundReport& report);
  // Numbers below `next_attempt` may be sent from now on.
  absl::Status ReserveAttempts(const std::string& job_id, uint32_t next_attempt);
  // The survivor statements that prove which attempt was last signed by enough; they replace earlier ones.
  absl::Status KeepProof(const std::string& job_id, absl::Span<const secure::SignedBytes> statements);
  // Empty for a job that has none.
  absl::StatusOr<std::vector<secure::SignedBytes>> LoadProof(const std::string& job_id);
  // In the log, without the reason. `kept_round`: the report's.
  absl::Status EndJob(const std::string& job_id, v1::JobState state, absl::string_view reason, absl::Time now,
                      uint32_t kept_round = 0);

  // NOT_FOUND: no such job.
  absl::StatusOr<JobRecord> Get(const std::string& job_id);
  // The one job whose id begins with `prefix`. NOT_FOUND: none, INVALID_ARGUMENT: several.
  absl::StatusOr<std::string> Resolve(absl::string_view prefix);
  // The job that this person's request made, if it did.
  absl::StatusOr<std::optional<std::string>> FindRequest(const std::string& person, const std::string& request_id);
  // Newest first, at most `limit`.
  absl::StatusOr<std::vector<JobRecord>> List(int limit);
  absl::StatusOr<std::vector<JobRecord>> ListUnfinished();
  // Those with column statistics, newest first. One that is damaged is no reason to know nothing of the others: it is
  // left out and counted in `num_damaged`.
  absl::StatusOr<std::vector<JobRecord>> ListStandardised(int limit, int& num_damaged);
  // The latest `limit` rounds and abandoned attempts, oldest first.
  absl::StatusOr<std::vector<v1::RoundReport>> Rounds(const std::string& job_id, int limit);
  // The latest finished round of training, or iteration; 0: none yet. Not what the job's step says once rounds were
  // left out.
  absl::StatusOr<uint32_t> LatestRound(const std::string& job_id);
  absl::StatusOr<std::vector<v1::SiteFact>> Sites(const std::string& job_id);

 private:
  // `num_damaged`: leave damaged ones out and count them; nullptr: one is an error.
  absl::StatusOr<std::vector<JobRecord>> Select(const std::string& condition, const std::string& argument, int limit,
                                                int* num_damaged = nullptr);
  Database& database_;
  FederationLog& log_;
};

}  // namespace accord
