#include "client/daemon/secure/peers_file.h"

#include "base/file.h"
#include "base/status.h"

namespace accord {

absl::Status PeersFile::Read(const std::string& site, secure::SeenPeers& peers) const {
  const auto content = ReadFile(path_);
  if (absl::IsNotFound(content.status())) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(content.status());
  auto seen = secure::SeenPeers::Parse(site, *content);
  if (!seen.ok()) {
    return Annotate(
        seen.status(),
        absl::StrCat(path_, " is begun anew: this site can tell others only what it sees of them from now on"));
  }
  peers = *std::move(seen);
  return absl::OkStatus();
}

absl::Status PeersFile::Write(const secure::SeenPeers& peers) const {
  return WriteFileAtomically(path_, peers.Serialize(), 0600);
}

}  // namespace accord
