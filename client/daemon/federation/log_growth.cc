#include "client/daemon/federation/log_growth.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "trust/log/merkle_proof.h"

namespace accord {

std::string EntriesOfLog(uint64_t count) { return absl::StrCat(count, count == 1 ? " entry" : " entries"); }

absl::StatusOr<std::vector<Sha256Digest>> ProofBetween(uint64_t kept, uint64_t shown, const v1::LogProof* proof) {
  std::vector<Sha256Digest> hashes;
  if (kept == 0 || kept == shown) return hashes;
  const auto [first, second] = std::minmax(kept, shown);
  if (proof == nullptr || proof->first() != first || proof->second() != second) {
    return absl::UnavailableError(absl::StrCat("this site has seen ", EntriesOfLog(kept),
                                               " of the federation's log, and the coordinator names a head of ",
                                               EntriesOfLog(shown), " without the proof that both are of one log",
                                               shown < kept ? absl::StrCat(": ", kWasItRestored) : ""));
  }
  if (proof->hashes_size() > static_cast<int>(kMaxProofHashes)) {
    return absl::InvalidArgumentError(absl::StrCat("the proof that the federation's log grew has ",
                                                   proof->hashes_size(), " hashes; at most ", kMaxProofHashes,
                                                   " are taken"));
  }
  for (const std::string& bytes : proof->hashes()) {
    Sha256Digest& hash = hashes.emplace_back();
    if (bytes.size() != hash.size()) {
      return absl::InvalidArgumentError(absl::StrCat("the proof that the federation's log grew has a hash of ",
                                                     bytes.size(), " bytes, expected ", hash.size()));
    }
    std::copy(bytes.begin(), bytes.end(), hash.begin());
  }
  return hashes;
}

}  // namespace accord
