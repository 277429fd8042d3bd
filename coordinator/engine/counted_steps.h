// Where a job's strategy has sites keep something between rounds: which step each site counted in last. It follows from
// the finished rounds that are stored, so it is as durable as they are (wire.proto, Plan.counted_steps).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "coordinator/store/job_store.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Not thread-safe.
class CountedSteps {
 public:
  // Of a job whose sites keep nothing: nothing is counted.
  static absl::StatusOr<CountedSteps> Load(const v1::JobSpec& spec, const std::string& job_id, JobStore& jobs);

  // A round that has been stored.
  void Add(const v1::RoundReport& round);
  // Of these sites in ascending order: one more than the last training step, 0 for none. Empty where nothing is
  // counted.
  std::vector<uint32_t> Of(absl::Span<const std::string> cohort) const;

 private:
  bool counts_ = false;
  std::map<std::string, uint32_t> steps_;
};

}  // namespace accord
