// What the file system says of the files of a data set, without a look into them: as long as it says the same, their
// content is taken to be the same.
//
// Of each file: name, device, inode, size, time of writing and time of change. The last one nobody sets but the kernel:
// whoever puts the time of writing back is found by it. What is not found: writes through a memory mapping that have
// not reached the file yet, a network file system that invents these figures, and root.
#pragma once

#include <atomic>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

struct DataFacts {
  Sha256Digest fingerprint{};
  // Of any of the files. A file that is written to within the clock's grain of this moment may keep its figures.
  absl::Time latest_change = absl::InfinitePast();
};

// Of all paths of the mapping (absolute), folders with everything below them; symbolic links in those are left out, as
// nothing follows them. Not of the list of persons who opted out, nor of a database server's password. Takes about a
// microsecond for each file that is in memory. NOT_FOUND and the like: a path of the mapping is not there. CANCELLED:
// `cancelled` was set, which is looked at between two files.
absl::StatusOr<DataFacts> LookAtData(const v1::DatasetMapping& mapping, const std::atomic<bool>& cancelled);

}  // namespace accord
