// What the states of SecureParticipant work with and hand on to each other. For the files of this folder alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/key_agreement.h"
#include "aggregation/secure/messages/epoch_list.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"
#include "aggregation/secure/site/another_attempt.h"
#include "aggregation/secure/site/mask_set.h"
#include "aggregation/secure/site/secure_participant.h"
#include "base/secret.h"

namespace accord::secure {

// An attempt of the job that enough members signed, as far as this site knows.
struct ProvenAttempt {
  uint32_t attempt = 0;
  Sha256Digest transcript{};
  Sha256Digest survivors_hash{};

  friend bool operator==(const ProvenAttempt&, const ProvenAttempt&) = default;
};

// What outlives every state.
struct ParticipantContext {
  SecureParticipantConfig config;
  const Signer& signer;
  EntropySource& entropy;
  SiteRecord& record;

  std::string job_id{};  // empty until the first epoch is asked for
  Sha256Digest job_sha256{};
  uint32_t last_attempt = 0;
  std::optional<ProvenAttempt> last_proven{};
  uint32_t num_unknown_voids = 0;  // promises given for attempts that this site never heard of

  const std::string& site() const { return config.site; }
  const Roster& roster() const { return *config.roster; }
  const VerifyingKey* Key(absl::string_view site) const;
  void NoteProven(const SurvivorSet& set);
  // The last attempt known to be proven, also from before a restart.
  std::optional<ProvenAttempt> LastProven() const;
};

// The site's own keys of one epoch.
struct OwnEpoch {
  EpochTerms terms;
  SignedBytes statement;
  EpochKeyPair key_pair;
  GraphNonce nonce{};
};

// An epoch whose list was accepted.
struct JoinedEpoch {
  OwnEpoch own;
  EpochList list;
  std::vector<std::string> sites;      // the list's, ascending
  size_t self = 0;                     // this site's index in it
  std::vector<SecretBytes> pair_keys;  // by member; this site's own is empty
};

// An attempt that this site agreed to.
struct JoinedAttempt {
  AttemptTerms terms;
  Agreement agreement;
  AttemptPlace place;
  std::vector<Freed> released;       // by the void statements that the plan showed, for the record
  std::vector<uint32_t> neighbours;  // members, by index, ascending

  const Sha256Digest& transcript() const { return agreement.transcript; }
  // Earlier signatures that hold at this place. Asked anew each time: the site's machine of another job may have signed
  // since this plan came.
  std::vector<Signed> Binding(const ParticipantContext& context) const;
  bool makes_shares() const { return agreement.fields.share_threshold > 0; }
};

// What was made for one upload and stays the same however often it is sent.
struct OwnUpload {
  Sha256Digest vector_name{};
  SecretBytes self_seed;                 // b_u
  std::vector<SecretBytes> pair_seeds;   // s_uv by neighbour
  std::shared_ptr<const MaskSet> masks;  // shared with the shell's masking threads
  std::string offers;
  Sha256Digest offers_root{};
  std::optional<Sha256Digest> payload_digest;
  SignedBytes header;  // once the payload's hash is here
};

// Survivors that passed every check that does not depend on this site's being one of them.
struct SurvivorList {
  SurvivorSet set;
  std::vector<std::string> sites;  // ascending
  std::vector<UploadHeader> headers;

  bool Contains(absl::string_view site) const;
};

// What a site holds once it has signed.
struct SignedUpload {
  OwnUpload upload;
  SurvivorList survivors;
  SignedBytes statement;
  std::vector<SecretBytes> shares;  // by neighbour: of its self-mask seed; empty where there is none
};

}  // namespace accord::secure
