// What the coordinator's machine of one attempt is told. All bytes of sites are untrusted; `site` is whom the shell's
// connection belongs to.
#pragma once

#include <string>
#include <variant>

#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord::secure {

// An upload is complete and staged, and the payload's hash is what the shell computed over the bytes it has. Not
// folded.
struct UploadVerified {
  std::string site;
  SignedBytes header;
  std::string offers;
  Sha256Digest payload_digest;
};
// The job machine waits for no further upload.
struct CloseCollecting {};
struct StatementArrived {
  std::string site;
  SignedBytes statement;
};
struct RevealArrived {
  std::string site;
  SignedBytes statement;
  SecretBytes seeds;
};
struct VoidArrived {
  std::string site;
  SignedBytes statement;
};
// Out of reach, or silent for too long. `for_good`: it cannot answer in this attempt any more (it restarted, withdrew
// or refused), so that nobody waits for it.
struct SiteGone {
  std::string site;
  bool for_good = false;
};
// Reachable again, with its keys. Gets again whatever it has to answer.
struct SiteBack {
  std::string site;
};
// The shell's patience is over: whoever WaitsFor() names is gone for good. While collecting: the same as
// CloseCollecting. Each one ends the attempt or gives up at least one site, so that n + 1 of them end any attempt.
struct StopWaiting {};
using RoundEvent = std::variant<UploadVerified, CloseCollecting, StatementArrived, RevealArrived, VoidArrived, SiteGone,
                                SiteBack, StopWaiting>;

}  // namespace accord::secure
