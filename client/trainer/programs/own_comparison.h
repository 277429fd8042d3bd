// How the common model does on a site's own held-out rows, against the site's own model of the same round before the
// sites' were averaged. For the site's operator alone: it goes to the log of the daemon and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aggregation/evaluation/evaluation_sums.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Held between the rounds of one job; a restarted trainer has nothing to say about its first round. Not thread-safe.
class OwnComparison {
 public:
  // `round`: that both models are of.
  void RememberOwn(const EvaluationSums& own, uint32_t round);
  // `common`: the model after `round` rounds; 0: after the last one, whichever it was. In words with both mean losses
  // (of numbers, mean squared errors); nothing without held-out rows, or where this site made no model in that round.
  std::optional<std::string> Compare(const v1::JobSpec& spec, const EvaluationSums& common, uint32_t round) const;

 private:
  uint32_t round_ = 0;  // 0: none yet
  EvaluationSums own_;
};

}  // namespace accord
