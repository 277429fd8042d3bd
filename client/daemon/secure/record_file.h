// The file behind a site's record of its secure sums (aggregation/secure/site/site_record.h): what is appended is on
// the disk before anything that depends on it leaves the site.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/site/site_record.h"
#include "base/file.h"

namespace accord {

// Not thread-safe. One for each state folder: the daemon's lock sees to that.
class RecordFile {
 public:
  // Reads and checks the whole file, makes it (0600) where there is none, and cuts off an entry that a crash left
  // unfinished. DATA_LOSS, with the offset and what to do, when an entry is damaged or missing: the site must not go
  // on, because it could sign again what it has signed.
  static absl::StatusOr<std::unique_ptr<RecordFile>> Open(const std::string& path, absl::string_view site);

  secure::SiteRecord& record() { return record_; }

  // Appends and syncs. After an error the record in memory is ahead of the file: every later call fails with the same
  // error, and nothing that depends on the entry may leave.
  absl::Status Append(absl::string_view entry);
  // OK as long as every Append was.
  const absl::Status& status() const { return broken_; }

 private:
  RecordFile(std::string path, UniqueFd fd, secure::SiteRecord record);

  const std::string path_;
  UniqueFd fd_;
  uint64_t end_;
  absl::Status broken_;
  secure::SiteRecord record_;
};

}  // namespace accord
