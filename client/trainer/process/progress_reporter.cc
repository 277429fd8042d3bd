#include "client/trainer/process/progress_reporter.h"

#include "absl/time/clock.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

void ProgressReporter::Report(uint64_t done, uint64_t total) {
  const absl::Time now = absl::Now();
  if (now - last_sent_ < kInterval && done != total) return;
  last_sent_ = now;
  v1::TrainerMessage message;
  message.mutable_progress()->set_done(done);
  message.mutable_progress()->set_total(total);
  // When the daemon is gone, the next receive ends the process; until then the work is nobody's loss.
  channel_.Send(message).IgnoreError();
}

}  // namespace accord
