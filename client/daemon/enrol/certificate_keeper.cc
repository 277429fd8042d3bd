#include "client/daemon/enrol/certificate_keeper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.h"
#include "client/daemon/enrol/renewal.h"
#include "spdlog/spdlog.h"
#include "trust/identity/granted_identity.h"

namespace accord {
namespace {

constexpr size_t kMaxCertificateBytes = size_t{1} << 16;
// Where clocks differ by hours, the certificate that was just made is due again, and so is the one after it.
constexpr absl::Duration kShortestWait = absl::Minutes(1);
// A machine that slept, or whose clock was set, does not wait for hours that are over.
constexpr absl::Duration kLongestWait = absl::Minutes(10);

std::optional<absl::Time> RenewalTimeOf(const std::string& path) {
  const auto pem = ReadFile(path, kMaxCertificateBytes);
  if (!pem.ok()) return std::nullopt;
  const auto facts = ReadCertificate(*pem);
  if (!facts.ok()) return std::nullopt;
  return RenewalTime(*facts);
}

}  // namespace

absl::Duration RenewalPlan::WaitAfterSuccess(absl::Time now, std::optional<absl::Time> renewal) {
  next_failure_ = kFirstRetry;
  if (!renewal.has_value()) return kLongestWait;
  return std::clamp(*renewal - now, kShortestWait, kLongestWait);
}

absl::Duration RenewalPlan::WaitAfterFailure() {
  const absl::Duration wait = next_failure_;
  next_failure_ = std::min(2 * next_failure_, kLongestWait);
  return wait;
}

CertificateKeeper::CertificateKeeper(Options options) : options_(std::move(options)), thread_([this] { Run(); }) {}

CertificateKeeper::~CertificateKeeper() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void CertificateKeeper::Run() {
  while (true) {
    const absl::Duration wait = Look();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait)) return;
  }
}

absl::Duration CertificateKeeper::Look() {
  const auto renewed = RenewCertificateIfDue(options_.coordinator, options_.proxy, options_.files, options_.clock.Now(),
                                             options_.before);
  if (!renewed.ok()) {
    // Not the daemon's end: the certificate may be good for hours, and what ends a session says so by itself.
    spdlog::warn("the certificate is not renewed: {}", std::string(renewed.status().message()));
    return plan_.WaitAfterFailure();
  }
  const std::optional<absl::Time> next = RenewalTimeOf(options_.files.certificate);
  if (*renewed) spdlog::info("the certificate was renewed");
  return plan_.WaitAfterSuccess(options_.clock.Now(), next);
}

}  // namespace accord
