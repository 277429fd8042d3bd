// Time stamps on signed heads of a log (docs/log.md): proof that what the keeper signed was there at a time, whatever
// its own clock says.
//
//   imprint  SHA-256("accord/v1/log-stamp" || 0x00 || head || signature)     signature: the head's, 64 bytes
//
// The signature is in it, so that what is stamped is the keeper's word and not merely a root: a stamped head cannot
// have been signed later, not even by whoever got the log's key since.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/log/log_head.h"
#include "trust/timestamp/stamp_authority.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {

Sha256Digest LogStampImprint(const SignedLogHead& head);

// What a stamp on this head says, on nobody's word: whose it is was not checked. INVALID_ARGUMENT: no token, on another
// head, or from before the head says that it was signed, which no clock's error explains.
absl::StatusOr<TimeStamp> ReadLogStamp(const SignedLogHead& head, absl::string_view token);

// The same on the authority's word. UNAUTHENTICATED: not its own.
absl::StatusOr<TimeStamp> CheckLogStamp(const StampAuthority& authority, const SignedLogHead& head,
                                        absl::string_view token);

}  // namespace accord
