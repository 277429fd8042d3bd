// The key statements of all members of one epoch: checked whole, by every member, before any key is used.
//
//   epoch_hash        SHA-256("accord/v1/epoch" 00 u32 count, for each member in order: string bytes)
//   nonce commitment  SHA-256("accord/v1/graph-nonce" 00 nonce[32])
//   graph seed        SHA-256("accord/v1/graph-seed" 00 epoch_hash, all nonces in cohort order)
//
// Signatures are checked and stay out of the hash: one statement has many valid signatures, and a coordinator that
// shows two members different ones would split them with nobody to blame.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/secure/messages/key_statement.h"
#include "base/hash.h"

namespace accord::secure {

// What the epoch was asked to be, as the site itself knows it.
struct EpochTerms {
  std::string job_id;
  Sha256Digest job_sha256{};
  Sha256Digest roster_hash{};
  uint32_t epoch = 0;
};

// A list whose every statement was verified. The members are the cohort of all attempts of this epoch.
struct EpochList {
  Sha256Digest epoch_hash{};
  std::vector<KeyStatement> members;  // sites ascending

  // nullptr when the site is no member.
  const KeyStatement* Find(absl::string_view site) const;
  std::vector<std::string> Sites() const;
};

// Why a list is refused.
struct EpochFault {
  enum class Kind {
    kTooFew,        // fewer than two members
    kTooMany,       // more than kMaxCohort
    kMalformed,     // a statement that cannot be read
    kNotInRoster,   // a site that the roster does not know
    kBadSignature,  // not signed by the site that it names
    kOtherTerms,    // of another job, roster or epoch
    kUnsorted,      // not in order, or a site twice
    kKeyTwice,      // two members with one public key
    kOwnMissing,    // my own statement is not there
    kOwnAltered,    // there is another one in my name
  };
  Kind kind;
  size_t index = 0;   // of the statement at fault in the list
  std::string site;   // that it names, if it can be read
  std::string words;  // for people: what is wrong and with whom
};

// `own`: the statement that this site signed for the epoch (null for an observer, such as the coordinator).
std::variant<EpochList, EpochFault> VerifyEpochList(absl::Span<const SignedBytes> statements, const EpochTerms& terms,
                                                    const SignedBytes* own, SiteKeys keys);

Sha256Digest HashEpoch(absl::Span<const SignedBytes> statements);

using GraphNonce = std::array<uint8_t, 32>;
Sha256Digest NonceCommitment(const GraphNonce& nonce);
// INVALID_ARGUMENT, naming the member: not one nonce for each, or a nonce unlike its commitment.
absl::StatusOr<Sha256Digest> GraphSeed(const EpochList& list, absl::Span<const GraphNonce> nonces);

}  // namespace accord::secure
