// Renews the certificate of a site while its daemon runs.
#pragma once

#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "client/daemon/enrol/renewal.h"
#include "trust/tls/credentials.h"

namespace accord {

// The next look at the certificate, from how the last one ended: at its renewal time, but not within the next minute,
// or after a failure soon, and then less often.
class RenewalPlan {
 public:
  static constexpr absl::Duration kFirstRetry = absl::Seconds(5);
  // `renewal`: RenewalTime of the certificate that is there; nullopt: it cannot be read.
  absl::Duration WaitAfterSuccess(absl::Time now, std::optional<absl::Time> renewal);
  absl::Duration WaitAfterFailure();

 private:
  absl::Duration next_failure_ = kFirstRetry;
};

// Has a thread of its own from construction to destruction.
class CertificateKeeper {
 public:
  struct Options {
    std::string coordinator;  // host:port
    std::string proxy;
    TlsFiles files;
    Clock& clock;
    BeforeRenewal before = {};
  };
  explicit CertificateKeeper(Options options);
  ~CertificateKeeper();
  CertificateKeeper(const CertificateKeeper&) = delete;
  CertificateKeeper& operator=(const CertificateKeeper&) = delete;

 private:
  void Run();
  // How long until the next look.
  absl::Duration Look();

  const Options options_;
  RenewalPlan plan_;  // of the thread
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace accord
