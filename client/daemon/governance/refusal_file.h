// What this site refused, as signed statements in files of its state folder (trust/charter/refusal_statement.h), so
// that it can prove its own word later. Named by what was refused and why: the same refusal again makes no second file,
// but where it only waits for something one an hour.
//
// Adversary: the coordinator, which brings as many jobs as it likes under ids that it makes up, so that no room is left
// for what counts. Those without an order that this site keeps therefore make one file for the same reasons and a day,
// whatever the job, and take no room from those with one. One order makes only so many files for good, and as many that
// wait, whatever jobs are brought with it, so that a single one leaves room for the refusals of others; the last of
// them says that it is the last.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "trust/charter/refusal_statement.h"
#include "trust/identity/signing.h"

namespace accord {

// More are not written: whoever asks without end does not fill the disk.
inline constexpr size_t kMostRefusalFiles = 10'000;         // of jobs with an order that is kept
inline constexpr size_t kMostRefusalsOfOrder = 100;         // of these with one and the same: for good, or that wait
inline constexpr size_t kMostRefusalsWithoutOrder = 1'000;  // of others

// Used by one thread. Reading is for any process.
class RefusalFiles {
 public:
  // `signer` outlives it.
  RefusalFiles(std::string folder, const Signer& signer) : folder_(std::move(folder)), signer_(signer) {}

  // The file; durable on return. RESOURCE_EXHAUSTED: there are too many of its kind. Reasons are shortened to what
  // lines hold. `order_is_kept`: an engineer signed the refused job's order, and this site has it in its state folder.
  absl::StatusOr<std::string> Write(RefusalStatement refusal, bool order_is_kept);

 private:
  struct Counts {
    size_t with_order = 0;
    size_t without_order = 0;
  };
  // How many there are of this kind; of the folder once, then of what is written here. RESOURCE_EXHAUSTED as above.
  absl::StatusOr<size_t*> CountOf(bool order_is_kept);
  // Of those whose names begin so, which one order has made. RESOURCE_EXHAUSTED: as many as it may.
  absl::StatusOr<size_t*> CountOfOrder(const std::string& prefix);

  const std::string folder_;
  const Signer& signer_;
  std::optional<Counts> counts_;
  std::map<std::string, size_t> counts_of_orders_;  // by the beginning of their names: of orders that are kept alone
};

struct KeptRefusal {
  std::string path;
  RefusalStatement statement;
};
// The newest first; files that are none are left out.
std::vector<KeptRefusal> ReadRefusals(const std::string& folder);

}  // namespace accord
