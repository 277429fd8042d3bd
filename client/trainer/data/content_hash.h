// What a data set is made of, as hashes: for the version that the owner of the rows releases
// (trust/charter/data_version.h).
//
// Of a file, SHA-256. Of a folder, SHA-256 of its list: a line "HEX  NAME" for each file anywhere below it, as
// sha256sum writes it, by ascending bytes of NAME, the path below the folder. Anybody finds the same with
//
//   find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum
//
// All files of the folder count, also such as no table names. Symbolic links and devices do not: the trainer follows
// and reads none. An SQLite database counts by its bytes, with the journal of a transaction that was not finished.
//
// Reads in pieces of 1 MiB, and holds the names of one folder. One thread; about 0.7 s a GB where SHA-256 is in
// hardware and the disk is fast enough.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

struct HashedPart {
  uint32_t place = 0;  // among the paths of the mapping's source; a journal's is behind them
  Sha256Digest sha256{};
  uint64_t bytes = 0;  // of a folder: of all its files
};

// `mapping`: with the paths to open. `max_bytes`: of one file, as when it is read for a job. `progress`: bytes so far,
// for signs of life. Of a database server's rows nothing is hashed. OUT_OF_RANGE: a file is larger; UNAVAILABLE: one
// was written to meanwhile; INVALID_ARGUMENT: a folder has a file whose name has a backslash or a line end; NOT_FOUND
// and the like.
absl::StatusOr<std::vector<HashedPart>> HashContent(v1::DatasetMapping mapping, uint64_t max_bytes,
                                                    const std::function<void(uint64_t bytes)>& progress);

}  // namespace accord
