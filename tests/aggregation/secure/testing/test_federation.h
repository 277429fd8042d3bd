// Real sites, a real roster, and a coordinator that a test plays: it gets the honest message for every step and alters
// it before it is sent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/survivor_quorum.h"
#include "tests/aggregation/secure/testing/test_site.h"

namespace accord::secure::testing {

using Sites = std::vector<size_t>;  // indices into the federation, ascending

struct FederationOptions {
  size_t num_sites = 4;
  std::vector<std::string> organisations = {};  // of each site; empty: each has its own
  Floors floors = {};
  uint64_t seed = 1;  // of all randomness but the identity keys
  uint32_t vector_length = 16;
};

// What the coordinator holds of one attempt.
struct PlayedAttempt {
  AttemptTerms terms;
  std::map<size_t, SignedBytes> headers;
  std::map<size_t, std::string> offers;
  std::map<size_t, std::vector<uint32_t>> payloads;
  std::map<size_t, SignedBytes> statements;
  std::map<size_t, RevealStatement> reveals;
  std::map<size_t, RevealedSeeds> seeds;  // by revealer, of its first reveal
};

class TestFederation {
 public:
  explicit TestFederation(FederationOptions options);

  TestSite& operator[](size_t index) { return *sites_[index]; }
  size_t size() const { return sites_.size(); }
  std::shared_ptr<const Roster> roster() const { return roster_; }
  Sites All() const;
  Sites AllBut(const Sites& missing) const;
  std::vector<std::string> Names(const Sites& sites) const;

  // ---- epoch ----
  EpochRequested EpochRequest(uint32_t epoch) const;
  // Asks the members for keys; the statements in order.
  std::vector<SignedBytes> CollectKeys(uint32_t epoch, const Sites& members);
  // Opens the epoch honestly: every member must take the list and show its nonce.
  void OpenEpoch(uint32_t epoch, const Sites& members);
  const Sites& members() const { return members_; }
  const std::vector<SignedBytes>& statements() const { return statements_; }
  const std::vector<GraphNonce>& nonces() const { return nonces_; }

  // ---- attempt ----
  // Of the epoch that is open.
  AttemptTerms Terms(uint32_t attempt) const;
  AttemptPlanned Plan(uint32_t attempt) const { return Plan(Terms(attempt)); }
  AttemptPlanned Plan(const AttemptTerms& terms) const;
  Agreement AgreementOf(const AttemptPlanned& plan) const;
  Sha256Digest Transcript(uint32_t attempt) const { return AgreementOf(Plan(attempt)).transcript; }
  // Plans for `uploaders`; all must upload.
  PlayedAttempt Upload(uint32_t attempt, const Sites& uploaders) { return Upload(Plan(attempt), uploaders); }
  PlayedAttempt Upload(const AttemptPlanned& plan, const Sites& uploaders);
  // What `site` is to be shown when `survivors` are.
  SurvivorsListed List(const PlayedAttempt& attempt, const Sites& survivors, size_t site) const;
  // Shows the survivors to `to`; all must sign.
  void Sign(PlayedAttempt& attempt, const Sites& survivors, const Sites& to);
  SignaturesShown Signatures(const PlayedAttempt& attempt, const Sites& signers) const;
  // Shows the statements of `signers` to `to`; all must reveal.
  void Reveal(PlayedAttempt& attempt, const Sites& signers, const Sites& to);
  // Ends the attempt at all members.
  void End(const PlayedAttempt& attempt, AttemptOutcome outcome);
  // All of it, over everybody who is a member.
  PlayedAttempt Run(uint32_t attempt);

  // The sum over `survivors` with all masks removed that the reveals show; nullopt when a seed is missing.
  std::optional<std::vector<uint32_t>> Unmask(const PlayedAttempt& attempt, const Sites& survivors) const;
  std::vector<uint32_t> PlainSum(const Sites& survivors) const;

  // Proof of the last attempt, for later plans.
  std::vector<SignedBytes> previous;
  std::vector<SignedBytes> voids;
  std::string job_id = "job-1";
  Sha256Digest job_sha256 = Sha256("the job");
  uint32_t colluding_organisations = 1;  // that the job declares; 0 where it says two_sites

 private:
  FederationOptions options_;
  std::vector<std::unique_ptr<TestSite>> sites_;
  std::shared_ptr<const Roster> roster_;
  uint32_t epoch_ = 0;
  Sites members_;
  std::vector<SignedBytes> statements_;
  std::vector<GraphNonce> nonces_;
};

}  // namespace accord::secure::testing
