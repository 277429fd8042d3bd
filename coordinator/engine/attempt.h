// One attempt at a round while it runs: its cohort, the uploads on their way, and the sum.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregation/ring/vector_schema.h"
#include "coordinator/engine/round_sum.h"
#include "coordinator/transfer/staged_upload.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// A stream's right to fill an upload.
struct UploadTicket {
  std::shared_ptr<StagedUpload> upload;
  StagedUpload::Attachment attachment;
  // What the vector must keep within, to be checked when it is whole; nullptr: nobody can, or need not.
  std::shared_ptr<const VectorSchema> bounds{};
};

// Used on the event loop's thread only; `sum` is handed to the job's strand, which outlives the attempt.
class Attempt {
 public:
  struct Terms {
    v1::PlanId plan;
    std::vector<std::string> cohort;
    uint32_t encoding_sites = 0;
    bool masked = false;
    bool check_uploads = false;  // against the bounds of the step; not masked ones
    absl::Time started;
    absl::Duration started_at;  // on the monotonic clock
  };
  Attempt(Terms terms, RoundSum sum);
  // Closes every upload.
  ~Attempt();

  const v1::PlanId& plan() const { return terms_.plan; }
  const std::vector<std::string>& cohort() const { return terms_.cohort; }
  uint32_t encoding_sites() const { return terms_.encoding_sites; }
  bool masked() const { return terms_.masked; }
  const std::shared_ptr<RoundSum>& sum() const { return sum_; }
  uint64_t upload_bytes() const { return upload_bytes_; }
  absl::Time started() const { return terms_.started; }
  absl::Duration started_at() const { return terms_.started_at; }
  bool Is(const v1::PlanId& plan) const;

  // The site's upload, begun or resumed. INVALID_ARGUMENT: not the schema's length, or no name of 64 hexadecimal digits
  // (masked: a name), or a posture that is no hash; FAILED_PRECONDITION: another vector than the site announced before in this attempt.
  absl::StatusOr<UploadTicket> Open(const std::string& site, const v1::UploadOpen& open, ObjectStore& objects);
  // nullptr: none was opened.
  std::shared_ptr<StagedUpload> Find(const std::string& site) const;
  // The commitment to what the site said of itself when it opened its upload last, in hexadecimal; empty: none.
  std::string PostureOf(const std::string& site) const;
  // Why streams that still send are refused from now on.
  void CloseUploads(const std::string& reason);

 private:
  const Terms terms_;
  const uint64_t upload_bytes_;
  const std::shared_ptr<const VectorSchema> bounds_;  // nullptr: uploads are not checked
  std::shared_ptr<RoundSum> sum_;                     // shared with the strand's tasks on their way
  std::map<std::string, std::shared_ptr<StagedUpload>> uploads_;
  std::map<std::string, std::string> postures_;  // by site
};

}  // namespace accord
