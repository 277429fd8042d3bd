#include "aggregation/secure/messages/seed_commitment.h"

#include <algorithm>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"

namespace accord::secure {
namespace {

// The hasher wipes its context when it is freed, and the seed is copied nowhere else.
Sha256Digest Commit(absl::string_view domain, const FieldWriter& name, const SecretBytes& seed) {
  Sha256Hasher hasher;
  hasher.Update(domain);
  hasher.Update(absl::string_view("\0", 1));
  hasher.Update(name.bytes());
  hasher.Update(seed.Reveal().data(), seed.size());
  return hasher.Finish();
}

}  // namespace

Sha256Digest SelfCommitment(const Sha256Digest& transcript, absl::string_view site, const SecretBytes& seed) {
  FieldWriter name;
  name.Digest(transcript).String(site);
  return Commit(kSelfCommitmentDomain, name, seed);
}

Sha256Digest PairCommitment(const Sha256Digest& transcript, absl::string_view site, absl::string_view peer,
                            const SecretBytes& seed) {
  FieldWriter name;
  name.Digest(transcript).String(std::min(site, peer)).String(std::max(site, peer));
  return Commit(kPairCommitmentDomain, name, seed);
}

Sha256Digest ShareCommitment(const Sha256Digest& transcript, const ShareName& name, const SecretBytes& share) {
  FieldWriter fields;
  fields.Digest(transcript).String(name.maker).String(name.holder).U8(name.position);
  return Commit(kShareCommitmentDomain, fields, share);
}

}  // namespace accord::secure
