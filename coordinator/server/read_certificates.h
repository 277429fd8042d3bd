// What callers' certificates say, remembered: a site opens a call for each round, and reading a certificate costs more
// than all else that such a call needs. What a certificate says follows from its bytes alone; whether it still counts
// is asked anew at each call (caller.h).
#pragma once

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/engine/certificate_term.h"

namespace accord {

// So many are remembered at most: certificates live hours, and a member may show as many as it has renewed.
inline constexpr size_t kMostReadCertificates = 4096;

// Thread-safe.
class ReadCertificates {
 public:
  // Without the identity, which is the caller's to say. INVALID_ARGUMENT: it is none.
  absl::StatusOr<CertificateTerm> Read(const std::string& pem);
  size_t size() const;

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, CertificateTerm> read_ ABSL_GUARDED_BY(mutex_);  // by PEM
};

}  // namespace accord
