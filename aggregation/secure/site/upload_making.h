// Seeds, shares, offers and header of one upload. Made once for a transcript; sent as often as the link needs.
#pragma once

#include <string>
#include <vector>

#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/site/participant_context.h"
#include "aggregation/secure/site/verdict.h"

namespace accord::secure {

// s_uv of this transcript for each neighbour, in the attempt's order.
Verdict<std::vector<SecretBytes>> DerivePairSeeds(const JoinedEpoch& epoch, const JoinedAttempt& attempt);

// Draws b_u, derives all pair seeds, seals a share for each neighbour and sets up the masks.
Verdict<OwnUpload> MakeUpload(const ParticipantContext& context, const JoinedEpoch& epoch, const JoinedAttempt& attempt,
                              const Sha256Digest& vector_name);

// Signs the header of an upload whose payload's hash is known, with this site's floors and the record's newest head.
Verdict<SignedBytes> MakeHeader(const ParticipantContext& context, const JoinedAttempt& attempt,
                                const OwnUpload& upload);

// A packet key of this pair and transcript, from `from` to `to`, one of which is this site.
absl::StatusOr<SecretBytes> PacketKeyOf(const JoinedEpoch& epoch, const JoinedAttempt& attempt, uint32_t from,
                                        uint32_t to);

}  // namespace accord::secure
