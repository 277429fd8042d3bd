// Sites with keys, and one example of each message.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "aggregation/secure/messages/key_statement.h"
#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"
#include "aggregation/secure/messages/void_statement.h"
#include "trust/identity/signing.h"

namespace accord::secure {

// A digest that is easy to see in hexadecimal: 32 times `byte`.
inline Sha256Digest Filled(uint8_t byte) {
  Sha256Digest digest;
  digest.fill(byte);
  return digest;
}

inline SecretBytes SeedOf(uint8_t byte) { return SecretBytes(absl::MakeConstSpan(Filled(byte))); }

// The identity keys of a few sites, made once for the whole program.
class TestSites {
 public:
  static const TestSites& Get() {
    static const TestSites* sites = new TestSites();
    return *sites;
  }

  const Signer& signer(const std::string& site) const { return *signers_.at(site); }
  const std::string& public_key_der(const std::string& site) const { return signers_.at(site)->public_key_der(); }
  const VerifyingKey* Find(absl::string_view site) const {
    const auto found = keys_.find(std::string(site));
    return found == keys_.end() ? nullptr : &found->second;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, key] : keys_) names.push_back(name);
    return names;
  }

 private:
  TestSites() {
    for (const char* site : {"site-a", "site-b", "site-c", "site-d", "site-e"}) {
      auto signer = KeyPairSigner::Create(*KeyPair::Generate());
      keys_.emplace(site, *VerifyingKey::FromDer(signer->public_key_der()));
      signers_.emplace(site, std::make_unique<KeyPairSigner>(*std::move(signer)));
    }
  }

  std::map<std::string, std::unique_ptr<KeyPairSigner>> signers_;
  std::map<std::string, VerifyingKey> keys_;
};

inline const VerifyingKey* TestKey(absl::string_view site) { return TestSites::Get().Find(site); }

template <typename Message>
SignedBytes SignedBy(const std::string& site, const Message& message) {
  return *Sign(message, TestSites::Get().signer(site));
}

inline TranscriptParts ExampleParts() {
  TranscriptParts parts;
  parts.job_id = "job-1";
  parts.epoch = 3;
  parts.step = 1;
  parts.round = 2;
  parts.attempt = 5;
  parts.agreement = Filled(0x11);
  parts.cohort = Filled(0x12);
  parts.encoding = Filled(0x13);
  parts.model = Filled(0x14);
  parts.statistics = Filled(0x15);
  parts.previous = Filled(0x16);
  parts.log_head = Filled(0x17);
  return parts;
}

inline KeyStatement ExampleKeyStatement() {
  KeyStatement statement;
  statement.job_id = "job-1";
  statement.job_sha256 = Filled(0x21);
  statement.roster_hash = Filled(0x22);
  statement.epoch = 3;
  statement.site = "site-a";
  statement.public_key = Filled(0x23);
  statement.nonce_commitment = Filled(0x24);
  statement.seen = {{"site-b", 7, Filled(0x25)}, {"site-c", uint64_t{1} << 40, Filled(0x26)}};
  return statement;
}

inline UploadHeader ExampleUploadHeader() {
  UploadHeader header;
  header.parts = ExampleParts();
  header.site = "site-a";
  header.payload_digest = Filled(0x31);
  header.offers_root = Filled(0x32);
  header.floor_survivors = 3;
  header.floor_organisations = 2;
  header.self_commitment = Filled(0x33);
  header.ledger_sequence = 9;
  header.ledger_head = Filled(0x34);
  return header;
}

inline SurvivorStatement ExampleSurvivorStatement() {
  SurvivorStatement statement;
  statement.set = {Filled(0x41), "job-1", 5, 4, 3, 1, 3, Filled(0x42)};
  statement.site = "site-a";
  statement.ledger_sequence = 10;
  statement.ledger_head = Filled(0x43);
  statement.complaints = {"site-b", "site-c"};
  return statement;
}

inline VoidStatement ExampleVoidStatement() { return {Filled(0x51), "site-a", 11, Filled(0x52)}; }

inline RevealStatement ExampleRevealStatement() {
  RevealStatement statement;
  statement.transcript = Filled(0x61);
  statement.survivors_hash = Filled(0x62);
  statement.site = "site-a";
  statement.self = Filled(0x63);
  statement.pairs = {{"site-d", Filled(0x64)}};
  statement.shares = {{"site-b", Filled(0x65)}, {"site-c", Filled(0x66)}};
  return statement;
}

inline PeerOffer ExampleOffer(const std::string& peer, uint8_t filler) {
  PeerOffer offer;
  offer.peer = peer;
  offer.pair_commitment = Filled(filler);
  offer.share.emplace();
  offer.share->commitment = Filled(static_cast<uint8_t>(filler + 1));
  offer.share->packet.fill(static_cast<uint8_t>(filler + 2));
  return offer;
}

inline Offers ExampleOffers() { return {{ExampleOffer("site-b", 0x71), ExampleOffer("site-c", 0x81)}}; }

inline ShownOffer ExampleShownOffer() { return *OfferTree("site-a", ExampleOffers()).Show("site-c"); }

}  // namespace accord::secure
