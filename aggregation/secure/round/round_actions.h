// What the coordinator's shell has to do, in the order given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/round/shown_set.h"
#include "aggregation/secure/round/signed_mask_seed.h"
#include "base/hash.h"

namespace accord::secure {

// Lists that go to every site are shared, not copied: n lists of n headers would be gigabytes.
using SharedList = std::shared_ptr<const std::vector<SignedBytes>>;

// Fold the staged upload into the sum. Keep the bytes until the attempt ends: Exclude subtracts them.
struct AcceptUpload {
  std::string site;
};
// Delete the upload that has just arrived (never one that was accepted). `reason` is in words for the site. It may send
// another one unless it is too late.
struct RejectUpload {
  std::string site;
  std::string reason;
};
// A message that broke a rule and was ignored, for the log. It counts as no sign of life: a site that only sends such
// is silent.
struct RejectMessage {
  std::string site;
  std::string reason;
};
// Subtract the folded upload from the sum and delete it: the site is not among the survivors.
struct Exclude {
  std::string site;
  std::string reason;
};
// Make it durable before the next action: whoever is shown the survivors may sign them, and a coordinator that had
// forgotten them would let the other sites sign other ones.
struct KeepSurvivors {
  ShownSet set;
};
struct SendSurvivors {
  std::string site;
  SharedList headers;               // in cohort order
  std::vector<std::string> offers;  // ShownOffer of each neighbour that survived, in order
};
// The t signatures over one set of survivors. Every later plan of the job shows them: sites that have seen them ask for
// them, whether the attempt was opened or not.
struct QuorumProof {
  Sha256Digest transcript{};
  Sha256Digest survivors_hash{};
  SharedList statements;  // t of them, in cohort order
};
// Make it durable before the next action: a coordinator that had lost it could plan nothing more in this job.
struct KeepProof {
  QuorumProof proof;
};
struct SendSignatures {
  std::string site;
  SharedList statements;  // t of them, in cohort order
};
struct RequestShares {
  std::string site;
  std::vector<std::string> gone;  // survivors, sorted
};
// To a site that is missing from the survivors: its pair seeds with survivors that are gone.
struct RequestPairSeeds {
  std::string site;
  SharedList headers;
  SharedList statements;
  std::vector<std::string> gone;  // survivors, sorted
};
struct RequestVoid {
  std::string site;
  Sha256Digest transcript{};
};
// Apply every seed to the sum (RemoveMasks); it is the plain sum of the survivors then. Opened follows.
struct Unmask {
  std::vector<SignedMaskSeed> seeds;
};
struct Absence {
  std::string site;
  std::string reason;
};
struct Opened {
  std::vector<std::string> survivors;  // in cohort order
  std::vector<Absence> absences;
};
// Whoever signed may take part in another attempt at the same thing only with the same set and the same vectors
// (SECURE_SUM "Another attempt"). nullopt: nobody can have signed.
struct Bound {
  std::vector<std::string> survivors;
  uint32_t encoding_sites = 0;
};
// Nothing of anybody's vector was opened. Void statements, and signatures that were on their way, are still taken.
struct Dead {
  std::string reason;
  std::vector<std::string> signed_by;  // as far as the coordinator knows
  std::optional<Bound> bound;
};
// After Dead: enough members say in signed words that they never will sign. Shown with the next plan, they free
// everybody.
struct Released {
  std::vector<SignedBytes> voids;  // in cohort order
};
// One site lied, or one of two did. `evidence`, where anything signed proves it, is to be kept as a file.
struct Blame {
  std::vector<std::string> sites;  // one: convicted; two or more: at least one of them
  std::string what;
  std::optional<Evidence> evidence;
};
using RoundAction =
    std::variant<AcceptUpload, RejectUpload, RejectMessage, Exclude, KeepSurvivors, SendSurvivors, SendSignatures,
                 RequestShares, RequestPairSeeds, RequestVoid, KeepProof, Unmask, Opened, Dead, Released, Blame>;

}  // namespace accord::secure
