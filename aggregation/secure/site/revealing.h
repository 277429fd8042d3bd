// Puts together what a site reveals of one attempt, writes into the record that it does, and signs it.
#pragma once

#include <string>
#include <vector>

#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/site/participant_state.h"

namespace accord::secure {

// Not thread-safe. The caller has checked that every seed may be revealed; a statement with both kinds for one peer
// would not even serialise.
class RevealMaker {
 public:
  RevealMaker(ParticipantContext& context, const SurvivorSet& set) : context_(context), set_(set) {}

  void AddSelf(const SecretBytes& seed);
  // Peers in any order, each once.
  void AddPair(const std::string& peer, const SecretBytes& seed);
  void AddShare(const std::string& maker, uint8_t position, const SecretBytes& share);
  bool empty() const { return statement_.num_seeds() == 0; }

  // AppendRecord (once for an attempt), SendReveal, KeepPeers (where what was checked before showed something newer).
  SiteStep Send() &&;

 private:
  ParticipantContext& context_;
  SurvivorSet set_;
  RevealStatement statement_;
  RevealedSeeds seeds_;
};

}  // namespace accord::secure
