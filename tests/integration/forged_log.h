// What a coordinator makes of its own log when it holds the key that signs the heads, as every coordinator does: the
// real entries, changed, in a tree of their own, with heads and proofs that are as good as real ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/federation/federation.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/identity/signing.h"

namespace accord {

// Used by one thread at a time.
class ForgedLog {
 public:
  // Of the bytes of the real log's first entries, however many there are.
  using Change = std::function<void(std::vector<std::string>& entries)>;
  // One that has an entry of another time at this place, from then on as it was.
  static Change Rewritten(size_t index);
  // One without the entry; those behind it move up and are numbered anew.
  static Change Without(size_t index);
  // One where this entry and the next have changed places.
  static Change Swapped(size_t index);

  // Of the federation's coordinator, whose key is read where it lies. `federation` must outlive it.
  static absl::StatusOr<std::unique_ptr<ForgedLog>> Of(bench::Federation& federation, Change change);

  // The head over what the change makes of the first `size` real entries.
  absl::StatusOr<v1::SignedLogHead> Head(uint64_t size);
  // Replaces what a greeting, a proof or a plan on its way to a site says of the log. A proof is the best that there
  // is: from as many entries as the real one begins with to the head that is shown.
  absl::Status Forge(v1::CoordinatorMessage& message);

 private:
  ForgedLog(bench::Federation& federation, KeyPairSigner signer, Change change)
      : federation_(federation), signer_(std::move(signer)), change_(std::move(change)) {}
  // The change of so many real entries; reads more of them where there are not enough yet.
  absl::StatusOr<std::vector<std::string>> Entries(uint64_t size);
  absl::Status ForgeHead(v1::SignedLogHead& head);
  absl::Status ForgeProof(v1::LogProof& proof);

  bench::Federation& federation_;
  const KeyPairSigner signer_;
  const Change change_;
  std::vector<std::string> real_;
};

}  // namespace accord
