// Of a job's papers a site needs the latest alone: what still waits to be sent is replaced, so that whoever changes
// them often, or reads slowly, fills no queue.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "proto/accord/v1/wire.pb.h"

namespace accord {

using MessageQueue = std::deque<std::shared_ptr<const v1::CoordinatorMessage>>;

// Puts them in the place of earlier ones of the same job, so that they still come before whatever those came before.
// False: there are none among the messages behind the first `num_fixed`. Leaves `papers` alone then.
inline bool ReplacePapers(MessageQueue& queue, size_t num_fixed,
                          std::shared_ptr<const v1::CoordinatorMessage>& papers) {
  if (!papers->has_job_papers()) return false;
  const auto begin = queue.begin() + static_cast<std::ptrdiff_t>(std::min(num_fixed, queue.size()));
  const auto earlier = std::find_if(begin, queue.end(), [&](const auto& message) {
    return message->has_job_papers() && message->job_papers().job_id() == papers->job_papers().job_id();
  });
  if (earlier == queue.end()) return false;
  *earlier = std::move(papers);
  return true;
}

}  // namespace accord
