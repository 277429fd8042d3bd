// Sites and coordinator of secure sums in one process: the two state machines are the product's own, the shells around
// them are modelled in a few lines. How messages travel between the two is up to each test.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/round/epoch_builder.h"
#include "aggregation/secure/round/secure_round.h"
#include "tests/aggregation/secure/testing/test_site.h"

namespace accord::secure::simulation {

using testing::Outbox;
using testing::TestSite;

struct WorldOptions {
  size_t num_sites = 4;
  uint32_t colluding_organisations = 1;
  GraphTerms graph = {};
  bool masks = true;  // off: sites send their plain vectors, and nothing is removed
  uint64_t seed = 1;
};

// What the coordinator's shell holds of one attempt, and what has come of it.
struct Attempt {
  AttemptPlanned plan;
  std::optional<SecureRound> round;
  std::vector<std::string> cohort;
  std::vector<uint32_t> sum;  // of the accepted uploads; after Unmask without masks
  std::set<std::string> folded;
  std::map<std::string, std::vector<uint32_t>> staged;
  bool unmasked = false;
  std::optional<Opened> opened;
  std::optional<Dead> dead;
  std::vector<Blame> blamed;
  std::vector<std::string> rejected;
};

class SecureWorld {
 public:
  explicit SecureWorld(WorldOptions options);

  TestSite& site(const std::string& name) { return *sites_.at(name); }
  const std::vector<std::string>& names() const { return names_; }
  const WorldOptions& options() const { return options_; }

  // Opens an epoch of `members`, all of whom answer. False when the coordinator or a site would not have it.
  bool OpenEpoch(const std::vector<std::string>& members);
  // A new attempt by the epoch's members; a question of its own unless it is `again` the last one. `encoding_sites`:
  // 0 for the cohort's size. False when the coordinator's machine refuses the terms.
  bool Begin(bool again = false, uint32_t encoding_sites = 0);
  // The plan to a site: its upload, if it sends one.
  std::vector<RoundEvent> SendPlan(const std::string& site);
  // Hands an event to the coordinator's machine, carries out what its shell has to do, and gives what goes to sites.
  std::vector<RoundAction> Handle(RoundEvent event);
  // What a site answers to an action that goes to it.
  std::vector<RoundEvent> Deliver(const RoundAction& action);
  void End();  // to all members

  Attempt attempt;
  std::vector<SignedBytes> previous;  // of the last attempt that got enough signatures
  std::vector<SignedBytes> voids;     // of all attempts that were given up
  // Refusals of sites, "site-0001: out_of_order: ...", and promises broken.
  std::vector<std::string> refused;
  std::vector<std::string> violations;

  std::vector<uint32_t> PlainSum(const std::vector<std::string>& sites) const;

 private:
  void Carry(RoundAction& action);
  std::vector<RoundEvent> EventsOf(const std::string& site, Outbox outbox);
  std::optional<PreviousOpened> Previous() const;

  const WorldOptions options_;
  std::vector<std::string> names_;
  std::map<std::string, std::unique_ptr<TestSite>> sites_;
  std::shared_ptr<const Roster> roster_;
  uint32_t next_number_ = 1;  // of epochs and attempts
  uint32_t epoch_ = 0;
  uint32_t step_ = 0;
  std::optional<EpochReady> ready_;
};

// The site that an action is addressed to; empty for what the shell itself does.
std::string AddresseeOf(const RoundAction& action);

}  // namespace accord::secure::simulation
