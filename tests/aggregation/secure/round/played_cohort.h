// Plays the sites of one attempt towards SecureRound, each as honest or as lying as a test wants, and answers for them.
//
// The sites' masks and signatures are real, so an opened sum can be compared with the plain one. What a site's own
// machine would check is not played here: tests/simulation/secure puts both machines together.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/secure/evidence/verdict.h"
#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"
#include "aggregation/secure/messages/void_statement.h"
#include "aggregation/secure/round/secure_round.h"
#include "base/seeded_entropy.h"
#include "trust/identity/signing.h"

namespace accord::secure {

struct CohortOptions {
  uint32_t num_sites = 5;
  uint32_t colluding_organisations = 1;
  uint32_t min_sites = 2;
  uint32_t degree = 0;           // of a sparse graph; 0: complete
  uint32_t share_threshold = 0;  // of a sparse graph
  uint32_t max_missing = 0;      // of a sparse graph
};

class PlayedCohort {
 public:
  explicit PlayedCohort(CohortOptions options = {});

  // ---- the machine ----
  RoundTerms Terms() const;
  // Hands an event to the machine; what it does is added to `log` and its requests wait for Answer.
  void Handle(RoundEvent event);
  // Answers for every site that is not in `silent`, until there is nothing left to answer.
  void Answer();
  void UploadAll();  // of all that are not silent and have not yet
  // UploadAll, CloseCollecting, Answer.
  void Play();

  // The share of `maker` at the place `position` (from 0) becomes another one, before it uploads: its commitment too.
  void ReplaceShare(uint32_t maker, size_t position, uint8_t filling);

  // ---- what the sites say ----
  std::string Site(uint32_t index) const { return fields_.cohort[index]; }
  using EditUpload = std::function<void(UploadHeader&, Offers&)>;
  // `edit` happens before the header is signed; the offers' root is taken after it.
  UploadVerified Upload(uint32_t index, const EditUpload& edit = nullptr);
  SurvivorSet Set() const { return set_; }
  using EditStatement = std::function<void(SurvivorStatement&)>;
  StatementArrived Statement(uint32_t index, const EditStatement& edit = nullptr) const;
  // Which seeds, and how they are changed before they are committed to and signed.
  struct Seeds {
    bool self = false;
    std::vector<uint32_t> pairs = {};
    std::vector<uint32_t> shares = {};
    std::function<void(std::vector<uint8_t>&)> forge = nullptr;
  };
  RevealArrived RevealOf(uint32_t index, const Seeds& seeds) const;
  // The self-mask seed and the pair seeds with all missing neighbours.
  RevealArrived Reveal(uint32_t index) const;
  VoidArrived Void(uint32_t index) const;

  // ---- what came of it ----
  template <typename Action>
  std::vector<const Action*> All() const {
    std::vector<const Action*> found;
    for (const RoundAction& action : log) {
      if (const Action* typed = std::get_if<Action>(&action)) found.push_back(typed);
    }
    return found;
  }
  // The last one; fails the test and gives an empty one when there is none.
  template <typename Action>
  const Action& Last() const {
    static const Action* none = new Action();
    const std::vector<const Action*> all = All<Action>();
    EXPECT_FALSE(all.empty()) << "no such action";
    return all.empty() ? *none : *all.back();
  }
  // The sum is opened, over exactly these sites, and is their plain sum.
  void ExpectOpenedOver(const std::set<uint32_t>& sites) const;
  // The evidence of the last Blame proves, to whoever reads the file alone, that kind of lie of exactly its sites.
  void ExpectProven(EvidenceKind kind, Weight weight) const;
  // Everything that was blamed, one line each: "site-b, site-c: committed to different seeds for one pair".
  std::vector<std::string> Blamed() const;
  // The reasons with which messages and uploads were rejected: "site-b: ...".
  std::vector<std::string> Rejected() const;

  std::vector<RoundAction> log;
  std::set<uint32_t> silent;  // answer nothing
  // Makers whose offer does not open at a site: named in its statement.
  std::map<uint32_t, std::set<uint32_t>> complaints;
  SecureRound& round() { return *round_; }

 private:
  struct PlayedSite {
    std::unique_ptr<KeyPairSigner> signer;
    SecretBytes self_seed;
    std::map<uint32_t, SecretBytes> pair_seeds;  // by neighbour
    std::vector<SecretBytes> shares;             // of its self seed, in neighbour order
  };

  void MakeSites();
  void MakeTerms();
  void MakeSeeds();
  uint32_t IndexOf(const std::string& site) const;
  std::vector<uint32_t> Neighbours(uint32_t index) const;
  std::vector<uint32_t> Masked(uint32_t index) const;
  std::string SeedBytes(uint32_t index, const Seeds& which) const;
  void Saw(const SendSurvivors& shown);
  std::optional<RoundEvent> AnswerTo(const RoundAction& action) const;

  const CohortOptions options_;
  std::optional<SecureRound> round_;
  SeededEntropy entropy_{1};
  std::vector<PlayedSite> sites_;
  std::shared_ptr<const Roster> roster_;
  CohortTerms quorum_;
  std::shared_ptr<const NeighbourGraph> graph_;
  TranscriptFields fields_;
  Sha256Digest transcript_{};
  SurvivorSet set_;
  std::set<uint32_t> accepted_;
  std::set<uint32_t> survivors_;
  size_t answered_ = 0;  // of log
};

}  // namespace accord::secure
