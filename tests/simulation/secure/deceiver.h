// A coordinator that lies at random: what it sends to a site is altered, crossed with what others were sent, or
// followed by questions that it has no right to ask. It has the signatures of its friends for whatever set it likes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aggregation/secure/site/site_events.h"
#include "base/random_stream.h"
#include "trust/identity/signing.h"

namespace accord::secure::simulation {

class Deceiver {
 public:
  // A site that signs for it. The signer outlives the deceiver.
  void Befriend(const std::string& site, const Signer& signer) { friends_.emplace(site, &signer); }
  // What an honest site signed.
  void Take(const SignedBytes& statement);
  // What is sent to `site` instead of `event`, in order.
  std::vector<SiteEvent> Alter(const std::string& site, SiteEvent event, RandomStream& random);

 private:
  void Alter(AttemptPlanned& plan, RandomStream& random) const;
  void Alter(SurvivorsListed& list, RandomStream& random) const;
  void Alter(SignaturesShown& shown, const std::string& site, RandomStream& random) const;
  // All that were given for the set that `site` has signed in the attempt at hand, and those of friends.
  std::vector<SignedBytes> SignaturesFor(const std::string& site) const;
  SiteEvent Question(RandomStream& random) const;
  std::vector<std::string> SomeSites(RandomStream& random) const;

  std::map<std::string, const Signer*> friends_;
  std::map<std::string, std::map<Sha256Digest, SignedBytes>> statements_;  // by site and set
  std::map<std::string, Sha256Digest> last_set_;                           // that a site has signed
  Sha256Digest transcript_{};                                              // of the last statement
  std::vector<SiteEvent> sent_;                                            // in the attempt at hand and before
  std::vector<std::string> sites_;                                         // that were sent anything
};

}  // namespace accord::secure::simulation
