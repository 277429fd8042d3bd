// What a site keeps of the orders that jobs come under, a folder for each order in its state folder, for the daemon,
// for the commands that people decide with, and for whoever wants to read it:
//
//   orders/HEX/order       the signed order, as in its file; HEX is its hash
//   orders/HEX/job         the JobSpec's bytes that it names, once they are here
//   orders/HEX/approvals   what people signed about it, one signed statement behind the other
//   orders/HEX/own         what this site decided, signed; made by accord-client approve or deny
//   orders/HEX/job-id      the one job that the order serves; made when the job was first permitted
//   orders/HEX/brought-as  the job as which the coordinator brought it last
//
// Each file is replaced in one step and is on the disk on return: whatever happens in between, an order that has served
// one job serves no other, and a refusal that was seen once stays. The files are the truth: what was read
// is used again only where the file system says that they are the same (base/file_stamp.h).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/file_stamp.h"
#include "base/hash.h"
#include "trust/charter/signed_statement.h"

namespace accord {

// Orders beyond these are not taken; those that ended first make room. Of an order, the job is the large part.
struct OrderLimits {
  size_t orders = 1000;
  uint64_t bytes = uint64_t{256} << 20;
  size_t undecided_of_one =
      100;  // orders of one engineer about which this site has not decided, and that served no job
};

struct KeptOrder {
  Sha256Digest hash{};
  SignedStatement order;
  std::string job_bytes;  // empty: not here yet
  std::vector<SignedStatement> approvals;
  std::optional<SignedStatement> own;
  std::string job_id;  // empty: it served none yet
  std::string brought_as;
  uint64_t reading = 0;  // in one process two with the same one are the same; 0: not read from files
};

// Used by one thread at a time in each process; the daemon and commands may use one folder at once: they write
// different files of it.
class OrderStore {
 public:
  explicit OrderStore(std::string folder, OrderLimits limits = {}) : folder_(std::move(folder)), limits_(limits) {}

  // nullopt: the order is not kept. DATA_LOSS: a file of it is damaged, and what to do. Of an order that was found last
  // the files are looked at, and read where they may have changed since.
  absl::StatusOr<std::optional<KeptOrder>> Find(const Sha256Digest& hash) const;
  // Ascending by hash; those that cannot be read are left out.
  std::vector<KeptOrder> All() const;
  // The orders that served a job, by the job's id. An error where any of that cannot be read.
  absl::StatusOr<std::map<std::string, Sha256Digest>> BoundJobs() const;

  // RESOURCE_EXHAUSTED: there is no room, and no order whose time is over at `now`; or too many of this order's
  // engineer are undecided: one key that was stolen must not use up the room of all.
  absl::Status KeepOrder(const SignedStatement& order, absl::Time now);
  absl::Status KeepJob(const Sha256Digest& hash, absl::string_view job_bytes, absl::Time now);
  absl::Status KeepApprovals(const Sha256Digest& hash, const std::vector<SignedStatement>& approvals);
  absl::Status KeepOwn(const Sha256Digest& hash, const SignedStatement& own);
  absl::Status BroughtAs(const Sha256Digest& hash, absl::string_view job_id);
  // From now on the order serves this job. FAILED_PRECONDITION: it served another one.
  absl::Status Bind(const Sha256Digest& hash, absl::string_view job_id);

 private:
  static constexpr std::array<absl::string_view, 6> kFiles = {"order", "job",    "approvals",
                                                              "own",   "job-id", "brought-as"};
  using Stamps = std::array<FileStamp, kFiles.size()>;
  struct Found {
    KeptOrder order;
    Stamps stamps;
  };

  std::string PathOf(const Sha256Digest& hash, absl::string_view file) const;
  Stamps StampsOf(const Sha256Digest& hash) const;
  absl::StatusOr<std::optional<KeptOrder>> Read(const Sha256Digest& hash) const;
  absl::Status CheckShare(const SignedStatement& next, absl::Time now) const;
  absl::Status MakeRoom(size_t num_orders, uint64_t num_bytes, absl::Time now) const;
  absl::Status Replace(const Sha256Digest& hash, absl::string_view file, absl::string_view content) const;

  const std::string folder_;
  const OrderLimits limits_;
  mutable std::optional<Found> last_;  // whose files had not changed for a while
};

// Signed statements one behind the other, as their files hold them. INVALID_ARGUMENT: it is not that.
absl::StatusOr<std::vector<SignedStatement>> ReadStatements(absl::string_view text);

}  // namespace accord
