// "For this set I reveal these seeds": the last message of an attempt. The statement holds commitments, so it can be
// stored and shown; the seeds travel beside it, as secret bytes.
//
// A signed commitment unlike the one in the maker's or the pair's header convicts the revealer, and proves it without
// anybody's seed. Seeds unlike the *signed* commitments convict nobody: they count as not sent.
//
//   domain accord/v1/reveal
//   u8 version = 1 | digest transcript | digest survivors_hash | string site | flag has_self | digest self if has_self
//   | list of (string peer, digest commitment) pairs, ascending | list of (string maker, digest commitment) shares,
//   ascending
//
//   seeds beside it: 32 bytes each, without any framing: self (if there), pairs, shares, in the statement's order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord::secure {

struct RevealedCommitment {
  std::string site;  // the missing peer of a pair seed, or the maker of a share
  Sha256Digest commitment{};

  friend bool operator==(const RevealedCommitment&, const RevealedCommitment&) = default;
};

struct RevealStatement {
  Sha256Digest transcript{};
  Sha256Digest survivors_hash{};
  std::string site;
  std::optional<Sha256Digest> self;
  std::vector<RevealedCommitment> pairs;   // seeds shared with missing sites (or, from a missing site, with survivors)
  std::vector<RevealedCommitment> shares;  // of the self seeds of survivors that have gone

  size_t num_seeds() const { return (self ? 1 : 0) + pairs.size() + shares.size(); }
  friend bool operator==(const RevealStatement&, const RevealStatement&) = default;
};

std::string Serialize(const RevealStatement& statement);
// INVALID_ARGUMENT also for a site in both lists (both kinds for one peer: never), for the signer in either, and for a
// statement that reveals nothing.
absl::StatusOr<RevealStatement> ParseRevealStatement(absl::string_view bytes);
absl::StatusOr<SignedBytes> Sign(const RevealStatement& statement, const Signer& signer);
absl::StatusOr<RevealStatement> VerifyRevealStatement(const SignedBytes& message, SiteKeys keys);

// The seeds of one statement, in its order. Move-only.
struct RevealedSeeds {
  std::optional<SecretBytes> self;
  std::vector<SecretBytes> pairs;
  std::vector<SecretBytes> shares;
};

SecretBytes SerializeSeeds(const RevealedSeeds& seeds);
// `bytes` as they came; the caller wipes them. INVALID_ARGUMENT when the length is not what the statement says.
absl::StatusOr<RevealedSeeds> ParseSeeds(const RevealStatement& statement, absl::string_view bytes);

// `position` is the share's x for the revealer among the maker's neighbours (0: it is none).
using SharePositions = absl::FunctionRef<uint8_t(absl::string_view maker)>;
// INVALID_ARGUMENT, naming whose seed, when a seed is not the one that the statement commits to.
absl::Status CheckSeeds(const RevealStatement& statement, const RevealedSeeds& seeds, SharePositions positions);

}  // namespace accord::secure
