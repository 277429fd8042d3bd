// One honest attempt of four sites, with everything that they signed: the ground on which lies are told.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/evidence/verdict.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/shamir.h"
#include "tests/aggregation/secure/messages/message_examples.h"
#include "tests/aggregation/secure/seeded_shares.h"
#include "trust/roster/roster.h"

namespace accord::secure {

inline std::string ExampleRosterBytes() {
  std::vector<RosterEntry> entries;
  for (const std::string& site : TestSites::Get().names()) {
    entries.push_back({site, "Hospital " + site, TestSites::Get().public_key_der(site)});
  }
  return *Roster::Write("Test federation", std::move(entries));
}

class ExampleAttempt {
 public:
  ExampleAttempt() {
    fields_.roster_hash = Roster::Parse(ExampleRosterBytes())->hash();
    fields_.job_id = "job-1";
    fields_.round = 2;
    fields_.attempt = 5;
    fields_.epoch = 3;
    fields_.cohort = {"site-a", "site-b", "site-c", "site-d"};
    fields_.degree = 3;
    fields_.share_threshold = 3;
    fields_.required_signatures = 3;
    fields_.colluding_organisations = 1;
    fields_.colluding_sites = 1;
    fields_.model_digest = Filled(0xee);
    for (const std::string& site : fields_.cohort) {
      shares_[site] = SplitForTest(SelfSeed(site), 3, 3);
      offers_[site] = MakeOffers(site);
    }
  }

  const TranscriptFields& fields() const { return fields_; }
  Sha256Digest transcript() const { return HashTranscript(fields_); }

  static SecretBytes SelfSeed(const std::string& site) { return SeedOf(static_cast<uint8_t>(site.back())); }
  static SecretBytes PairSeed(const std::string& one, const std::string& other) {
    return SeedOf(static_cast<uint8_t>(one.back() ^ other.back()));
  }

  std::vector<std::string> NeighboursOf(const std::string& site) const {
    std::vector<std::string> neighbours = fields_.cohort;
    std::erase(neighbours, site);
    return neighbours;
  }
  // Share of `maker` at position 1, 2, 3.
  const SecretBytes& ShareAt(const std::string& maker, size_t position) const {
    return shares_.at(maker)[position - 1];
  }

  Offers& offers(const std::string& maker) { return offers_.at(maker); }
  ShownOffer Show(const std::string& maker, const std::string& peer) const {
    return *OfferTree(maker, offers_.at(maker)).Show(peer);
  }

  UploadHeader Header(const std::string& site) const {
    UploadHeader header;
    header.parts = PartsOf(fields_);
    header.site = site;
    header.payload_digest = Filled(static_cast<uint8_t>(site.back()));
    header.offers_root = OffersRoot(site, offers_.at(site));
    header.floor_survivors = 3;
    header.floor_organisations = 3;
    header.self_commitment = SelfCommitment(transcript(), site, SelfSeed(site));
    header.ledger_sequence = 20;
    header.ledger_head = Filled(static_cast<uint8_t>(site.back() + 1));
    return header;
  }

  std::vector<SignedBytes> SignedHeaders(const std::vector<std::string>& sites) const {
    std::vector<SignedBytes> headers;
    for (const std::string& site : sites) headers.push_back(SignedBy(site, Header(site)));
    return headers;
  }

  SurvivorStatement Statement(const std::string& site, const std::vector<std::string>& survivors) const {
    SurvivorStatement statement;
    statement.set = {transcript(),
                     "job-1",
                     5,
                     4,
                     3,
                     1,
                     static_cast<uint32_t>(survivors.size()),
                     SurvivorsHash(transcript(), SignedHeaders(survivors))};
    statement.site = site;
    statement.ledger_sequence = 21;
    statement.ledger_head = Filled(static_cast<uint8_t>(site.back() + 2));
    return statement;
  }

  // site-a, for the survivors a, b, c: its own seed, the pair seed with the missing d, the share of the gone c.
  RevealStatement Reveal() const {
    RevealStatement reveal;
    reveal.transcript = transcript();
    reveal.survivors_hash = SurvivorsHash(transcript(), SignedHeaders({"site-a", "site-b", "site-c"}));
    reveal.site = "site-a";
    reveal.self = SelfCommitment(transcript(), "site-a", SelfSeed("site-a"));
    reveal.pairs = {{"site-d", PairCommitment(transcript(), "site-a", "site-d", PairSeed("site-a", "site-d"))}};
    reveal.shares = {{"site-c", ShareCommitment(transcript(), {"site-c", "site-a", 1}, ShareAt("site-c", 1))}};
    return reveal;
  }

 private:
  Offers MakeOffers(const std::string& maker) const {
    Offers offers;
    uint8_t position = 0;
    for (const std::string& peer : NeighboursOf(maker)) {
      PeerOffer offer;
      offer.peer = peer;
      offer.pair_commitment = PairCommitment(transcript(), maker, peer, PairSeed(maker, peer));
      offer.share.emplace();
      ++position;
      offer.share->commitment = ShareCommitment(transcript(), {maker, peer, position}, ShareAt(maker, position));
      offers.offers.push_back(offer);
    }
    return offers;
  }

  TranscriptFields fields_;
  std::map<std::string, std::vector<SecretBytes>> shares_;
  std::map<std::string, Offers> offers_;
};

// A file under construction.
class EvidenceBuilder {
 public:
  explicit EvidenceBuilder(EvidenceKind kind) {
    evidence_.kind = kind;
    evidence_.witness = "site-a";
    evidence_.claim = "what the writer says";
  }

  EvidenceBuilder& Add(const std::string& signer, const KeyStatement& m) {
    return Add(MessageKind::kKeyStatement, SignedBy(signer, m));
  }
  EvidenceBuilder& Add(const std::string& signer, const UploadHeader& m) {
    return Add(MessageKind::kUploadHeader, SignedBy(signer, m));
  }
  EvidenceBuilder& Add(const std::string& signer, const SurvivorStatement& m) {
    return Add(MessageKind::kSurvivorStatement, SignedBy(signer, m));
  }
  EvidenceBuilder& Add(const std::string& signer, const VoidStatement& m) {
    return Add(MessageKind::kVoidStatement, SignedBy(signer, m));
  }
  EvidenceBuilder& Add(const std::string& signer, const RevealStatement& m) {
    return Add(MessageKind::kRevealStatement, SignedBy(signer, m));
  }
  EvidenceBuilder& Add(MessageKind kind, SignedBytes message) {
    evidence_.messages.push_back({kind, std::move(message)});
    return *this;
  }
  EvidenceBuilder& Offer(const ShownOffer& offer) {
    evidence_.offers.push_back(offer);
    return *this;
  }
  EvidenceBuilder& Share(const std::string& maker, const std::string& holder, const SecretBytes& share) {
    evidence_.shares.push_back({maker, holder, std::string(share.RevealAsText())});
    return *this;
  }
  EvidenceBuilder& Terms(const TranscriptFields& fields) {
    evidence_.transcript = fields;
    return *this;
  }

  const Evidence& evidence() const { return evidence_; }
  std::string Write() const { return WriteEvidence(evidence_, ExampleRosterBytes()); }

 private:
  Evidence evidence_;
};

}  // namespace accord::secure
