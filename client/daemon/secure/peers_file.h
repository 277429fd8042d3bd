// The file behind what this site has seen of other sites' records (aggregation/secure/site/seen_peers.h). One for each
// state folder.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "aggregation/secure/site/seen_peers.h"

namespace accord {

// Not thread-safe.
class PeersFile {
 public:
  explicit PeersFile(std::string path) : path_(std::move(path)) {}

  // Reads the file into `peers`; where there is none, leaves them as they are. DATA_LOSS: it is damaged. Then nothing
  // is known of the others any more, which makes this site a worse witness of theirs and harms nothing of its own: it
  // goes on, and the next Write replaces the file.
  absl::Status Read(const std::string& site, secure::SeenPeers& peers) const;
  // Replaces the file as one step, on the disk when this returns.
  absl::Status Write(const secure::SeenPeers& peers) const;

 private:
  const std::string path_;
};

}  // namespace accord
