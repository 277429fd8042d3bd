// What the shell of a site has to do, in the order given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/site/mask_set.h"
#include "aggregation/secure/site/site_refusal.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord::secure {

// Append to the record's file and sync it before the next action. If that fails, none of the following actions may be
// carried out and machine and record are to be thrown away and rebuilt from the file.
struct AppendRecord {
  std::string bytes;
};
struct SendKeyStatement {
  SignedBytes statement;
};
// This site accepted the epoch's list: its part of the sparse graph's seed.
struct SendNonce {
  Sha256Digest nonce{};
};
// The attempt is accepted: compute the vector. Answer with VectorComputed.
struct ComputeVector {};
// Mask the vector (tile by tile, while it is sent). Answer with VectorMasked; the masked bytes and the vector are kept
// until the attempt's end so that a broken upload resumes with the same bytes.
struct MaskVector {
  std::shared_ptr<const MaskSet> masks;  // shared by the threads that mask; wiped when the last lets go
};
struct SendHeader {
  SignedBytes header;
  std::string offers;  // exact bytes of the Offers whose root the header signs
};
// Something newer was seen of other sites (SiteRecord::peers): replace the file that keeps it, durably, before the next
// action. This site's own safety does not rest on it, so that one which cannot be written stops nothing here; it is
// tried again with the next (SeenPeers::SetChanged).
struct KeepPeers {};
struct SendSurvivorStatement {
  SignedBytes statement;
};
// `seeds`: what the statement says is revealed, 32 bytes each, in its order.
struct SendReveal {
  SignedBytes statement;
  SecretBytes seeds;
};
struct SendVoid {
  SignedBytes statement;
};
// Survivors and scale that an earlier signature of this site binds another attempt to.
struct BoundTo {
  std::vector<std::string> sites;
  uint32_t encoding_sites = 0;
};
// To the coordinator and the operator. Permanent: this site takes no further part in the job.
struct Refuse {
  SiteRefusal refusal = SiteRefusal::kOutOfOrder;
  std::string reason;  // plain words: what was asked, what is wrong, what follows
  bool permanent = false;
  std::optional<BoundTo> bound;
};
// Signed proof of what was seen: keep it, sync it, show it to the operator.
struct StoreEvidence {
  Evidence evidence;
};
struct TellOperator {
  std::string line;
};

using SiteAction =
    std::variant<AppendRecord, SendKeyStatement, SendNonce, ComputeVector, MaskVector, SendHeader, KeepPeers,
                 SendSurvivorStatement, SendReveal, SendVoid, Refuse, StoreEvidence, TellOperator>;

}  // namespace accord::secure
