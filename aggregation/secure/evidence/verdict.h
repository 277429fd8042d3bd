// What a file of evidence proves, against whom, and what it does not prove.
//
// Everything is derived again from the signed messages in the file, whatever the writer claims: each signature is
// checked against the roster in the file, each hash is computed, and each finding follows from a rule that an honest
// program never breaks ("a site signs one set of survivors of a transcript, once"). The coordinator signs nothing:
// no file convicts it by itself. Two honest sites that were told different things show, together, that it lied.
//
// The roster in the file is as good as its hash: whoever judges compares `roster_hash` with the roster that the sites
// signed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/evidence/evidence.h"
#include "base/hash.h"

namespace accord::secure {

enum class Weight {
  kConvicts,  // each of the sites named, alone: it (or whoever holds its key) signed what no honest site signs
  kOneOf,     // at least one of the sites named lied
  kTold,      // the sites named were told different things by the coordinator, or one of them misreports
  kNothing,   // anybody could have made this
};

// "convicts", "one-of", "told", "nothing".
absl::string_view WeightName(Weight weight);

struct Finding {
  EvidenceKind kind = EvidenceKind::kUnequalTranscripts;
  Weight weight = Weight::kNothing;
  std::vector<std::string> sites;
  std::string proves;          // a sentence or two
  std::string does_not_prove;  // likewise
};

struct EvidenceVerdict {
  EvidenceKind claimed = EvidenceKind::kUnequalTranscripts;
  bool claim_holds = false;  // a finding of that kind weighs more than nothing
  std::string witness;
  std::string claim;
  std::string federation;
  Sha256Digest roster_hash{};
  std::vector<std::string> signed_messages;  // one line each: "site-b signed an upload header: attempt 12 of job 7f3a"
  std::vector<Finding> findings;
  std::vector<std::string> warnings;  // "this file holds shares of a site that it does not convict: keep it secret"
};

// INVALID_ARGUMENT when the file cannot be read (with the line), or its roster cannot. A file that proves nothing is a
// verdict, not an error.
absl::StatusOr<EvidenceVerdict> CheckEvidence(absl::string_view file);

}  // namespace accord::secure
