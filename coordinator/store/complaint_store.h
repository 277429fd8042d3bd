// Complaints of ombudsmen and what leads answered, as they were handed in (docs/governance.md). Nothing of them is ever
// changed: an answer stands beside its complaint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// A signed statement that somebody brought.
struct BroughtStatement {
  std::string file;          // as it was handed in
  std::string organisation;  // of the person who signed it
  std::string brought_by;    // "person/ID"
  absl::Time received;
};

// Thread-safe. Errors are those of Database beside the ones named.
class ComplaintStore {
 public:
  // More complaints that are open about one job or site are not taken, nor more of one ombudsman about it: none keeps
  // the others from being heard. Nor more of one ombudsman about all jobs and sites together, which would fill the
  // database and whatever reads it: of 64 KiB each these are 6 MiB.
  static constexpr int kMostOpen = 100;
  static constexpr int kMostOpenOfOne = 10;
  static constexpr int kMostOpenOfOneInAll = 100;

  // Both must outlive it.
  ComplaintStore(Database& database, FederationLog& log) : database_(database), log_(log) {}

  // The complaint's hash in hexadecimal; one that is there already changes nothing. In the log. INVALID_ARGUMENT: it is
  // none; RESOURCE_EXHAUSTED: kMostOpen, or kMostOpenOfOne or kMostOpenOfOneInAll of this ombudsman, are open.
  absl::StatusOr<std::string> Add(const BroughtStatement& complaint);
  // The same for an answer. NOT_FOUND: no such complaint; ALREADY_EXISTS: it was answered in other words.
  absl::StatusOr<std::string> Answer(const BroughtStatement& answer);

  // NOT_FOUND: no such complaint. `now`: whether its time is over.
  absl::StatusOr<v1::Complaint> Find(const std::string& hash, absl::Time now);
  // About the job and the site; an empty one stands for all. Newest first, at most `max`. The newest, up to where files
  // of `max_word_bytes` are together, answers' too, come whole; of older ones no words are read: `text` and `statement`
  // are empty, their own and their answers'.
  struct ListLimits {
    int max = 0;
    size_t max_word_bytes = 0;
  };
  absl::StatusOr<std::vector<v1::Complaint>> List(const std::string& job_id, const std::string& site, absl::Time now,
                                                  ListLimits limits);

 private:
  Database& database_;
  FederationLog& log_;
};

}  // namespace accord
