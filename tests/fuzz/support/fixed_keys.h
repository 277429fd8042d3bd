// Keys that are the same in every run, so that a stored input which they signed stays valid.
#pragma once

#include "absl/time/time.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"

namespace accord::fuzz {

const CertificateAuthority& FixedAuthority();
const KeyPair& FixedKey();

// A time at which the authority's certificate holds.
inline constexpr absl::Time kFixedNow = absl::FromUnixSeconds(1'800'000'000);

}  // namespace accord::fuzz
