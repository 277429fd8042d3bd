// What a coordinator and the sites that work with it were given in a whole schedule, as linear combinations of the
// honest sites' vectors, beside the sums that enough members have signed.
//
// Masks of two transcripts are independent, so each transcript is judged by itself: what can be computed from it is the
// honest part of the one set that enough have signed, or nothing. All together, over all attempts, must not give the
// vector of one honest site.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"
#include "tests/simulation/secure/mask_algebra.h"

namespace accord::secure::simulation {

class Coalition {
 public:
  // Before anything is sent: these sites work with the coordinator. They sign whatever helps.
  void Join(const std::string& site) { friends_.insert(site); }
  bool Contains(const std::string& site) const { return friends_.contains(site); }

  // An attempt begins. Whatever plan a site is shown for it has its cohort.
  void Begin(const Agreement& agreement);
  // What honest sites sent.
  void Take(const UploadHeader& header);
  void Take(const SurvivorStatement& statement);
  void Take(const RevealStatement& reveal);
  // Whom a survivors hash stands for.
  void NameSet(const Sha256Digest& survivors_hash, std::vector<std::string> sites);

  // Promises broken so far, in words. `num_opened`: transcripts from which a sum can be computed.
  std::vector<std::string> Broken(int& num_opened) const;

 private:
  struct Held {
    Agreement agreement;
    std::map<std::string, std::string> vectors;            // symbols, by honest site that uploaded
    std::map<std::string, Sha256Digest> payloads;          // likewise
    std::set<std::string> known;                           // masks
    std::map<std::string, std::set<std::string>> holders;  // of shares that it has, by the maker
    std::map<Sha256Digest, std::set<std::string>> signers;
  };
  using Combination = MaskAlgebra::Combination;

  Held& At(const Sha256Digest& transcript) { return held_[transcript]; }
  std::vector<Combination> Computable(const Held& held) const;
  // The honest parts of sets with enough signatures.
  std::vector<Combination> Agreed(const Held& held) const;

  std::set<std::string> friends_;
  Agreement agreement_;  // of the attempt at hand
  std::map<Sha256Digest, Held> held_;
  std::map<Sha256Digest, std::vector<std::string>> sets_;
  std::vector<std::string> broken_;
};

}  // namespace accord::secure::simulation
