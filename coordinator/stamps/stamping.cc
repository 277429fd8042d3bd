#include "coordinator/stamps/stamping.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "coordinator/stamps/http_transport.h"

namespace accord {
namespace {

// A wall clock that is set meanwhile is noticed.
constexpr absl::Duration kLongestUnlooked = absl::Minutes(1);

}  // namespace

Stamping::Stamping(const v1::TimeStamps& config, StampAuthority authority, std::unique_ptr<StampTransport> transport,
                   FederationLog& log, Clock& clock)
    : board_(absl::Seconds(config.cadence_s()) + absl::Seconds(config.grace_s())),
      transport_(std::move(transport)),
      keeper_(std::move(authority), absl::Seconds(config.cadence_s()),
              {log, *transport_, board_, clock, EntropySource::System(), [this] { changed_(); }}) {}

absl::StatusOr<std::unique_ptr<Stamping>> Stamping::Prepare(const v1::TimeStamps& config, FederationLog& log,
                                                            Clock& clock) {
  auto authority = StampAuthority::FromFile(config.authority(), config.policy());
  if (!authority.ok()) return Annotate(authority.status(), "time_stamps.authority");
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<StampTransport> transport,
                          HttpTransport::Create({config.url(), config.proxy(), config.server_ca()}));
  std::unique_ptr<Stamping> stamping(new Stamping(config, *std::move(authority), std::move(transport), log, clock));
  ACCORD_RETURN_IF_ERROR(stamping->keeper_.TakeUp());
  return stamping;
}

void Stamping::Begin(std::function<void()> changed) {
  changed_ = std::move(changed);
  thread_ = std::thread([this] { Run(); });
}

void Stamping::Run() {
  while (true) {
    const absl::Duration wait = std::min(keeper_.Look(), kLongestUnlooked);
    const absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&ending_), wait)) return;
  }
}

void Stamping::End() {
  {
    const absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  transport_->Cancel();
  if (thread_.joinable()) thread_.join();
}

}  // namespace accord
