// What a site's part in the secure sum is told. Everything that came from the coordinator is untrusted bytes; what the
// site's own shell computed is said so.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "aggregation/secure/agreement/attempt_terms.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

// The coordinator opens an epoch, all of it its word: `job_sha256` is held against the job's bytes at AttemptPlanned.
struct EpochRequested {
  std::string job_id;
  Sha256Digest job_sha256{};
  uint32_t epoch = 0;
  Sha256Digest roster_hash{};  // that the coordinator goes by
};

// The key statements of every member of the epoch, in cohort order.
struct EpochListed {
  uint32_t epoch = 0;
  std::vector<SignedBytes> statements;
};

// `terms` are the shell's, which has fetched job and model and computed what it hands in from them; attempt, step and
// cohort are the coordinator's proposal. `previous`: the survivor statements of the last attempt of the job that got
// enough of them. `voids`: for attempts that this site signed and that were given up. `graph_nonces`: of all members in
// cohort order when the graph is sparse, else empty.
struct AttemptPlanned {
  AttemptTerms terms;
  std::vector<SignedBytes> previous;
  std::vector<SignedBytes> voids;
  std::vector<Sha256Digest> graph_nonces;
};

// The shell: the encoded vector is here, complete and within its bounds. `vector_name`: what this
// site calls it, the same for the same elements (in SHA-256's length).
struct VectorComputed {
  Sha256Digest vector_name{};
};

// The shell: the masked vector has been produced once, whole. SHA-256 of the bytes that are sent.
struct VectorMasked {
  Sha256Digest payload_digest{};
};

// The headers of those whose upload arrived, in cohort order, and what each of this site's neighbours among them made
// for this site (in the same order).
struct SurvivorsListed {
  std::vector<SignedBytes> headers;
  std::vector<std::string> offers;  // bytes of a ShownOffer each
};

// The survivor statements that the coordinator has.
struct SignaturesShown {
  std::vector<SignedBytes> statements;
};

// Survivors that have gone since they were listed: the sums of shares that rebuild their self-mask seed.
struct SharesRequested {
  std::vector<std::string> gone;
};

// To a member whose upload did not arrive: the survivors' headers and statements that prove it, and the survivors that
// have gone before they could give the pair seed that they share with this site.
struct PairSeedsRequested {
  std::vector<SignedBytes> headers;
  std::vector<SignedBytes> statements;
  std::vector<std::string> gone;
};

// An attempt was given up: does this site promise that it has not signed and never will?
struct VoidRequested {
  Sha256Digest transcript{};
};

enum class AttemptOutcome { kOpened, kAbandoned, kLeftOut, kJobOver };
struct AttemptEnded {
  uint32_t attempt = 0;
  AttemptOutcome outcome = AttemptOutcome::kAbandoned;
};

// The shell: the site pauses. Every key and seed is destroyed; a new epoch is needed to go on.
struct Forget {};

using SiteEvent =
    std::variant<EpochRequested, EpochListed, AttemptPlanned, VectorComputed, VectorMasked, SurvivorsListed,
                 SignaturesShown, SharesRequested, PairSeedsRequested, VoidRequested, AttemptEnded, Forget>;

}  // namespace accord::secure
