// What this site refused, as signed statements in files of its state folder (trust/charter/refusal_statement.h), so
// that it can prove its own word later. Named by what was refused and why: the same refusal again makes no second file,
// but where it only waits for something one an hour.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "trust/charter/refusal_statement.h"
#include "trust/identity/signing.h"

namespace accord {

// More are not written: whoever asks without end does not fill the disk.
inline constexpr size_t kMostRefusalFiles = 10'000;

// Used by one thread. Reading is for any process.
class RefusalFiles {
 public:
  // `signer` outlives it.
  RefusalFiles(std::string folder, const Signer& signer) : folder_(std::move(folder)), signer_(signer) {}

  // The file; durable on return. RESOURCE_EXHAUSTED: there are too many. Reasons are shortened to what lines hold.
  absl::StatusOr<std::string> Write(RefusalStatement refusal);

 private:
  const std::string folder_;
  const Signer& signer_;
};

struct KeptRefusal {
  std::string path;
  RefusalStatement statement;
};
// The newest first; files that are none are left out.
std::vector<KeptRefusal> ReadRefusals(const std::string& folder);

}  // namespace accord
