// A running accord-reader, which asks a site's database server for the rows of one data set. Their way is a pipe from
// the reader to the trainer: the daemon opens it, and reads nothing from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "client/daemon/training/process_keeper.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Killed when it is destroyed.
class QueryReader {
 public:
  struct Options {
    std::string name;         // in the log
    std::string reader_path;  // the accord-reader program
    v1::Sandbox::Mode mode = v1::Sandbox::REQUIRED;
    v1::PostgresqlSource source;  // with absolute paths
    uint64_t max_bytes = 0;       // of all rows
    absl::Duration silence;       // after which the daemon gives up whoever waits for these rows
  };
  // Does not wait: what goes wrong from here on comes out of the pipe. `keeper` must outlive it. As
  // CheckSocketFolder of socket_folder.h; UNAVAILABLE and the like when it cannot be started at all.
  static absl::StatusOr<std::unique_ptr<QueryReader>> Start(ProcessKeeper& keeper, const Options& options);

  // For the trainer; stays this object's.
  int rows_fd() const { return rows_.get(); }

 private:
  QueryReader(std::shared_ptr<KeptProcess> process, UniqueFd rows)
      : process_(std::move(process)), rows_(std::move(rows)) {}
  const std::shared_ptr<KeptProcess> process_;
  const UniqueFd rows_;
};

}  // namespace accord
