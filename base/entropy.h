// Where secrets and noise come from, as a dependency that is handed in: the operating system's generator in a daemon, a
// seeded one in tests and simulations (base/seeded_entropy.h), so that a run can be repeated to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/secret.h"

namespace accord {

class EntropySource {
 public:
  virtual ~EntropySource() = default;

  // Fills `bytes` with fresh, independent, uniform ones. INTERNAL if there are none to be had; what `bytes` then holds
  // must not be used.
  virtual absl::Status Fill(absl::Span<uint8_t> bytes) = 0;

  // `size` fresh bytes. Errors of Fill.
  absl::StatusOr<SecretBytes> Secret(size_t size);

  // The operating system's generator through OpenSSL's private one (NIST SP 800-90A CTR_DRBG, reseeded after a fork).
  // Thread-safe.
  static EntropySource& System();
};

}  // namespace accord
