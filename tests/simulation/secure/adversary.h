// A coordinator that lies, together with some of the sites, against the machines of the others: it shows whom it likes
// what it likes and signs for its friends whatever helps. What it has learnt in the end is a MaskAlgebra.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/aggregation/secure/testing/test_federation.h"
#include "tests/simulation/secure/mask_algebra.h"

namespace accord::secure::simulation {

using testing::Sites;

// A set of survivors that may be shown. The first friend has two headers, which makes two sets of the same sites.
struct ShownSet {
  Sites sites;
  bool second_header = false;

  friend auto operator<=>(const ShownSet&, const ShownSet&) = default;
};

class Adversary {
 public:
  // `friends` of the sites, the last in `order`, work with the coordinator; as many are declared.
  Adversary(size_t num_sites, size_t friends, std::vector<size_t> order, uint64_t seed);

  // A question to all sites. All upload, the honest ones through their own machines, unless what they signed before
  // forbids it.
  void Upload(uint32_t question);
  bool AllHaveUploaded(const ShownSet& set) const;

  size_t num_honest() const { return honest_.size(); }
  // The i-th honest site and the i-th friend, as indices into the federation.
  size_t honest(size_t i) const { return honest_[i]; }
  size_t accomplice(size_t i) const { return friends_[i]; }
  size_t required_signatures() const { return agreement_.quorum.required_signatures; }

  // Without the first friend there is no second header.
  ShownSet Normal(ShownSet set) const;
  // Whatever an honest site sends is taken note of; what it refuses is not. Nothing is done for a set of which not all
  // have uploaded.
  void ShowSurvivors(size_t site, const ShownSet& set);
  void ShowSignatures(size_t site, const ShownSet& set);
  void AskForShares(size_t site, const ShownSet& set);
  void AskForPairSeeds(size_t site, const ShownSet& set);
  void AskForEverything(size_t site, const ShownSet& set);
  // The set that an honest site has signed; nullptr: none.
  const ShownSet* SignedBy(size_t site) const;
  bool HasEnoughSignatures(const ShownSet& set) { return Statements(set).size() >= required_signatures(); }

  // With all that was learnt so far, also of earlier questions.
  MaskAlgebra Knowledge() const;
  static std::string VectorOf(size_t site) { return "x" + std::to_string(site); }

 private:
  std::string SelfMask(size_t site) const;
  std::string PairMask(size_t one, size_t other) const;
  size_t IndexOf(const std::string& name) const;
  std::vector<SignedBytes> Headers(const ShownSet& set) const;
  std::vector<SignedBytes> Statements(const ShownSet& set);
  void Take(size_t site, const testing::Outbox& outbox);

  testing::TestFederation federation_;
  std::vector<size_t> honest_;
  std::vector<size_t> friends_;
  testing::PlayedAttempt attempt_;
  SignedBytes second_header_;  // of the first friend
  Agreement agreement_;
  uint32_t next_number_ = 1;
  std::map<ShownSet, std::map<size_t, SignedBytes>> statements_;
  std::set<std::string> known_;
  std::map<std::string, std::set<size_t>> holders_;  // of shares that it has, by the mask that they rebuild
  std::vector<MaskAlgebra::Row> rows_;
};

}  // namespace accord::secure::simulation
