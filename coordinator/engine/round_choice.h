// What a job's metric makes of a round that closes: the best round so far, an early stop, and at the evaluation the
// model that is kept. Everything it decides goes into the round's transaction, and everything it decides from is in the
// stored reports, so a crash before, between or after changes nothing.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

struct RoundChoice {
  std::optional<v1::BestRound> before;  // of the finished round before
  uint32_t measured_round = 0;          // after which the model was made that the round measured
  std::string measured_digest;
  uint32_t step_after_rounds = 0;
};

// Completes `close`, whose report has its metrics; nothing to do for a job that looks at no metric. NOT_FOUND: the
// model that should be kept is not there any more.
absl::Status ChooseModel(const v1::JobSpec& spec, const RoundChoice& choice, Store& store, RoundClose& close);

}  // namespace accord
